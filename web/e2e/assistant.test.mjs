// The assistant: ask for something, read the plan, approve it, reload in the middle, see it done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, newPage, open, runningGuests, shot, signIn, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

test('stopping a guest through the conversation survives a reload', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await signIn(page, stage);
  const [guest] = await runningGuests(page, ['web-02']);
  await page.getByRole('link', { name: 'Assistant' }).first().click();
  await page.getByRole('textbox', { name: 'Message to the assistant' }).fill(`stop ${guest.name}`);
  await page.keyboard.press('Enter');

  const card = page.locator('[data-plan-state=proposed]');
  await card.waitFor();
  assert.match(await card.textContent(), new RegExp(guest.name));
  assert.match(await card.locator('table').textContent(), /running[\s\S]*stopped/);
  await shot(page, 'assistant-plan');
  const before = await ask(page, 'guests.show', { guest: `${guest.cluster}/${guest.vmid}` });
  assert.equal(before.guest.status, 'running', 'nothing happens before the approval');

  await card.getByRole('button', { name: `Stop ${guest.name}`, exact: true }).click();
  await page.locator('[data-run-state]').waitFor();
  await page.reload();
  await page.locator('[data-run-state=succeeded]').waitFor();
  assert.match(
    await page.getByRole('log').textContent(),
    new RegExp(`stop ${guest.name}`),
    'the conversation is replayed',
  );
  await shot(page, 'assistant-done');

  const now = await ask(page, 'guests.show', { guest: `${guest.cluster}/${guest.vmid}` });
  assert.equal(now.guest.status, 'stopped');
  await page.getByRole('link', { name: 'Show the run' }).click();
  await page.waitForURL(/\/runs\/.+/);
  await page.reload();
  await page.locator('[data-run-state=succeeded] [data-step-state=done]').waitFor();
  await shot(page, 'run');
  assert.deepEqual(complaints, []);
  await close();
});

test('the side panel answers on every page', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await signIn(page, stage);
  await page.keyboard.press('Control+j');
  const panel = page.getByRole('complementary', { name: 'Assistant' });
  await panel.getByRole('textbox').fill('how many guests run?');
  await page.keyboard.press('Enter');
  await panel.locator('[data-role=assistant]').first().waitFor();
  await shot(page, 'assistant-panel');
  await page.keyboard.press('Control+j');
  await panel.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await close();
});
