// What is kept: by a form, shown on the page of the guest and on a plan, as a rule, and forgotten for good.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ask, judge, newPage, open, runningGuests, shot, signIn, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

test('a fact is kept, shown where it matters, made a rule of and forgotten', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  const text = 'never restart before 22:00';
  await page.goto('/memory');
  await page.getByText('Nothing is kept here').waitFor();
  await shot(page, 'memory-empty');
  await page.getByRole('button', { name: 'Keep a fact' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: /Text/ }).fill(text);
  await form.getByLabel(/^Guest/).fill(`${guest.cluster}/${guest.vmid}`);
  await shot(page, 'memory-form');
  await form.getByRole('button', { name: 'Save' }).click();
  // The call is the consent: it is the product's own data.
  await page.getByRole('dialog').getByRole('status').getByText('Done').waitFor();
  await page.keyboard.press('Escape');
  const card = page.locator('[data-plan-state=proposed]');
  await page.goto('/memory');
  await page.getByText(text).waitFor();
  await page.getByRole('button', { name: 'Show it as a rule' }).click();
  await page.getByText('[[rule]]').waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'memory-rule');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^memory-.*\.json$/);
  const { facts } = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.deepEqual(
    facts.map((fact) => fact.text),
    [text],
  );

  await page.goto(`/guests/${guest.cluster}/${guest.vmid}`);
  await page.getByRole('list', { name: 'Kept facts' }).getByText(text).waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'memory-guest');
  await page.getByRole('button', { name: 'Reboot', exact: true }).click();
  await card.getByRole('list', { name: 'Kept facts' }).getByText(text).waitFor();
  await shot(page, 'memory-plan');
  await card.getByRole('button', { name: 'Reject' }).click();

  await page.goto('/memory');
  await page.getByRole('button', { name: 'Forget…' }).click();
  await page.getByRole('button', { name: 'Forget this fact' }).click();
  await page.getByRole('dialog').getByRole('status').getByText('Done').waitFor();
  assert.deepEqual((await ask(page, 'memory.list')).facts, []);
  assert.deepEqual(complaints, []);
  await close();
});

for (const narrow of [false, true]) {
  for (const scheme of ['dark', 'light']) {
    const look = `${narrow ? '390' : '1440'}-${scheme}`;
    test(`many facts at ${look}`, { skip }, async () => {
      const { page, complaints, close } = await newPage(stage, { narrow, scheme });
      await signIn(page, stage);
      const { facts } = await ask(page, 'memory.list');
      if (facts.length < 4) {
        for (const kept of [
          { text: 'The payment server; anna answers for it.', team: true, kind: 'purpose' },
          { text: 'I like snapshots before updates.', kind: 'preference' },
          { text: 'never migrate between 8:00 and 18:00 on weekdays', team: true },
          { text: `${'a-word-without-an-end-'.repeat(20)} 🐘 مرحبا`, team: true },
        ]) {
          await ask(page, 'memory.add', kept);
        }
      }
      await page.goto('/memory');
      const purpose = page.getByRole('listitem').filter({ hasText: 'The payment server' });
      await purpose.waitFor();
      if (!narrow) assert.ok((await purpose.boundingBox()).height <= 40, 'a short fact is one line');
      assert.deepEqual(await judge(page), []);
      await shot(page, `memory-${look}`);
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}
