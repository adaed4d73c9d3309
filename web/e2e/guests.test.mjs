// The guest table: filter, select a range, act on many; snapshots of one guest with their confirmation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, newPage, open, runningGuests, shot, signIn, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

test('a snapshot of several guests is one plan and one run', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await signIn(page, stage);
  await page.goto('/guests?status=running');
  const boxes = page.locator('[role=gridcell] input[type=checkbox]');
  await boxes.nth(0).click();
  await boxes.nth(2).click({ modifiers: ['Shift'] });
  await page.getByText('3 selected').waitFor();
  await shot(page, 'guests-selected');
  await page.getByRole('button', { name: 'Snapshot 3' }).click();
  await page.getByLabel('Name', { exact: true }).fill('e2e-bulk');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  const card = page.locator('[data-plan-state=proposed]');
  await card.waitFor();
  assert.equal(await card.locator('tbody tr').count(), 3);
  await shot(page, 'guests-plan');
  await card.getByRole('button', { name: 'Snapshot 3 guests' }).click();
  await page.locator('[data-run-state=succeeded]').waitFor();
  const { snapshots } = await ask(page, 'snapshots.list');
  assert.equal(snapshots.filter((snapshot) => snapshot.name === 'e2e-bulk').length, 3);
  assert.deepEqual(complaints, []);
  await close();
});

test('deleting a snapshot needs the name typed', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await page.goto(`/guests/${guest.cluster}/${guest.vmid}`);
  await page.getByRole('button', { name: 'Create snapshot' }).click();
  await page.getByLabel('Name', { exact: true }).fill('e2e-one');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Snapshot ${guest.name}`, exact: true })
    .click();
  await page.locator('[data-run-state=succeeded]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-snapshot=e2e-one]').waitFor();

  await page.getByRole('button', { name: 'Delete snapshot e2e-one' }).click();
  const card = page.locator('[data-plan-state=proposed]');
  await card.waitFor();
  const approve = card.getByRole('button', { name: /^Delete snapshot of/ });
  assert.equal(await approve.getAttribute('aria-disabled'), 'true');
  await shot(page, 'snapshot-delete');
  const hint = await card
    .getByText(/Type .+ to confirm/)
    .first()
    .textContent();
  await card.getByRole('textbox').fill(/Type `?(.+?)`? to confirm/.exec(hint)[1]);
  await approve.click();
  await page.locator('[data-run-state=succeeded]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-snapshot=e2e-one]').waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await close();
});

test('rejecting a plan changes nothing', { skip }, async () => {
  const { page, close } = await newPage(stage);
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await page.goto(`/guests/${guest.cluster}/${guest.vmid}`);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const now = await ask(page, 'guests.show', { guest: `${guest.cluster}/${guest.vmid}` });
  assert.equal(now.guest.status, 'running');
  await close();
});

test('a run is taken back from its own page', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  const status = async () =>
    (await ask(page, 'guests.show', { guest: `${guest.cluster}/${guest.vmid}` })).guest.status;
  await page.goto(`/guests/${guest.cluster}/${guest.vmid}`);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Stop ${guest.name}`, exact: true })
    .click();
  await page.locator('[data-run-state=succeeded]').waitFor();
  assert.equal(await status(), 'stopped');

  const { runs } = await ask(page, 'runs.list');
  await page.goto(`/runs/${runs[0].id}`);
  await page.getByText(`Start ${guest.cluster}/`).waitFor();
  await shot(page, 'run-receipt');
  await page.getByRole('button', { name: 'Take back' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Take back what was done to ${guest.name}`, exact: true })
    .click();
  await page.getByRole('dialog').locator('[data-run-state=succeeded]').waitFor();
  assert.equal(await status(), 'running');
  assert.deepEqual(complaints, []);
  await close();
});
