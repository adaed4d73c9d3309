// Every main page, wide and narrow, dark and light: has content, no serious findings, no sideways scrolling, no errors.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, judge, newPage, open, runningGuests, shot, signIn, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

const paths = [
  '/',
  '/guests',
  '/nodes',
  '/storages',
  '/plans',
  '/runs',
  '/schedules',
  '/runbooks',
  '/assistant',
  '/clusters',
  '/knowledge',
  '/operations',
  '/operations/snapshots.create',
];

for (const narrow of [false, true]) {
  for (const scheme of ['dark', 'light']) {
    const look = `${narrow ? '390' : '1440'}-${scheme}`;
    test(`pages at ${look}`, { skip }, async () => {
      const { page, complaints, close } = await newPage(stage, { narrow, scheme });
      await page.goto('/');
      await page.waitForSelector('input[type=password]');
      assert.deepEqual(await judge(page), [], 'sign-in');
      await shot(page, `sign-in-${look}`);
      await signIn(page, stage);
      const [guest] = await runningGuests(page);
      const [storage] = (await ask(page, 'storages.list')).storages;
      const details = [
        `/guests/${guest.cluster}/${guest.vmid}`,
        `/nodes/${guest.cluster}/${guest.node}`,
        `/storages/${storage.cluster}/${storage.storage}`,
      ];
      for (const path of [...paths, ...details]) {
        await page.goto(path);
        await page.waitForSelector('main h1');
        await page.waitForFunction(() => !document.querySelector('main [role=status][aria-label=Loading]'));
        assert.deepEqual(await judge(page), [], path);
        await shot(page, `${path.split('/').filter(Boolean).join('-') || 'overview'}-${look}`);
      }
      // The widest answer: a table at most scrolls by itself, on a narrow screen its rows are cards.
      await page.goto('/operations/inventory.list');
      await page.getByRole('button', { name: 'Look' }).click();
      const answer = page.getByRole('region', { name: 'Guests' }).last();
      await answer.getByText(guest.name, { exact: true }).waitFor();
      assert.equal(await answer.locator('thead').isVisible(), !narrow);
      assert.deepEqual(await judge(page), [], 'an answer');
      await answer.scrollIntoViewIfNeeded();
      await shot(page, `answer-${look}`);
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

test('a plan can be judged and rejected with one hand', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage, { narrow: true });
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await page.getByRole('navigation', { name: 'Quick' }).getByRole('link', { name: 'Guests' }).tap();
  await page.waitForURL(/\/guests/);
  await page.getByRole('textbox', { name: 'Filter' }).fill(String(guest.vmid));
  await page.getByRole('link', { name: guest.name }).first().tap();
  await page.getByRole('button', { name: 'Reboot', exact: true }).tap();
  const card = page.locator('[data-plan-state=proposed]');
  await card.waitFor();
  const sheet = page.getByRole('dialog');
  const box = await sheet.boundingBox();
  assert.equal(Math.round(box.width), 390, 'the dialog is a sheet over the full width');
  const background = await sheet.evaluate((element) => getComputedStyle(element).backgroundColor);
  assert.match(background, /^rgb\(/, 'nothing shines through the sheet');
  assert.deepEqual(await judge(page), []);
  await shot(page, 'plan-390');
  await card.getByRole('button', { name: 'Reject' }).tap();
  await sheet.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'More', exact: true }).tap();
  await page.getByRole('menuitem', { name: 'Nodes' }).tap();
  await page.waitForURL(/\/nodes/);
  assert.deepEqual(complaints, []);
  await close();
});

test('an operation without a button of its own is found, filled in and planned', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage, {});
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await page.getByRole('link', { name: 'Operations' }).click();
  await page.getByRole('textbox', { name: 'Filter' }).fill('pve set');
  await page.getByRole('link', { name: 'pve.set' }).click();
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.getByText('This is needed.').first().waitFor();
  await page.goto('/operations/operations.search');
  await page.getByRole('textbox', { name: /Text/ }).fill('snapshot');
  await page.getByRole('button', { name: 'Look' }).click();
  await page.getByRole('cell', { name: 'snapshots.create' }).waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'operation-answer');
  await page.goto(`/guests/${guest.cluster}/${guest.vmid}`);
  await page.getByRole('button', { name: 'More operations' }).click();
  await page.getByRole('menuitem', { name: 'Delete a snapshot of guests' }).click();
  const form = page.getByRole('dialog');
  await form.getByText(`${guest.cluster}/${guest.vmid}`).waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'operation-form');
  await form.getByRole('textbox', { name: /Name/ }).fill('nothing-of-that-name');
  await form.getByRole('button', { name: 'Show the plan' }).click();
  await page.getByRole('alert').getByText('nothing-of-that-name').waitFor();
  assert.deepEqual(
    complaints.filter((line) => !/ 4\d\d /.test(line)),
    [],
  );
  await close();
});
