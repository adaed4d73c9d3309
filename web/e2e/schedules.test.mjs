// A schedule is made without JSON, found, run and deleted; a runbook goes in as YAML and comes out as it went in.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ask, judge, newPage, open, runningGuests, shot, signIn, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

const RUNBOOK = `name: note-down
summary: Write the same notes on guests
parameters:
  who:
    type: guests
    about: Which guests
  text:
    type: text
    default: looked after
steps:
  - op: guests.notes
    input:
      guests: ["{{who}}"]
      text: "{{text}}"
`;

const done = async (page) => {
  await page.getByRole('dialog').getByRole('status').getByText('Done').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
};

test('a schedule is made in a form, run on consent, switched off and deleted', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage, {});
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await page.goto('/schedules');
  await page.getByText('There is no schedule').waitFor();
  await page.getByRole('button', { name: 'New schedule' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Name' }).fill('nightly');
  await form.getByRole('textbox', { name: 'Calendar' }).fill('no such time');
  await form.getByRole('combobox', { name: 'Operation' }).fill('guests.reboot');
  await page.keyboard.press('Escape');
  await form.getByRole('combobox', { name: /Guests/ }).fill(`${guest.cluster}/${guest.vmid}`);
  await page.keyboard.press('Enter');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByRole('alert').waitFor();
  // Nothing that was typed is lost by a mistake.
  await form.getByRole('textbox', { name: 'Calendar' }).fill('mon..fri 02:30');
  assert.deepEqual(await judge(page), []);
  await shot(page, 'schedule-form');
  await form.getByRole('button', { name: 'Save' }).click();
  await done(page);
  await page.getByRole('main').getByRole('link', { name: 'nightly' }).click();
  await page.getByRole('heading', { name: 'nightly' }).waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'schedule');
  await page.getByRole('button', { name: 'Run now' }).click();
  const card = page.locator('[data-plan-state=proposed]');
  await card.getByRole('button', { name: 'Reject' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('button', { name: 'Switch on' }).waitFor();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete this schedule' }).click();
  await page.getByText('There is no schedule').waitFor();
  assert.deepEqual(
    complaints.filter((line) => !/ 4\d\d /.test(line)),
    [],
  );
  await close();
});

test('a runbook is taken in from a file, run with its parameters, and exported', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage, {});
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await page.goto('/runbooks');
  await page.getByText('There is no runbook').waitFor();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'note-down.yaml', mimeType: 'text/yaml', buffer: Buffer.from(RUNBOOK) });
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await done(page);
  await page.getByRole('main').getByRole('link', { name: 'note-down' }).click();
  await page.getByRole('heading', { name: 'note-down' }).waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'runbook');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export YAML' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'note-down.yaml');
  assert.equal(await readFile(await download.path(), 'utf8'), RUNBOOK);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Text' }).fill('looked after twice');
  await form.getByRole('combobox', { name: 'Who' }).fill(`${guest.cluster}/${guest.vmid}`);
  assert.deepEqual(await judge(page), []);
  await form.getByRole('button', { name: 'Show the plan' }).click();
  const card = page.locator('[data-plan-state=proposed]');
  await card
    .getByRole('link', { name: new RegExp(guest.name) })
    .first()
    .waitFor();
  await card.getByRole('button', { name: 'Reject' }).click();
  const { runbooks } = await ask(page, 'runbooks.list');
  assert.deepEqual(
    runbooks.map((row) => row.name),
    ['note-down'],
  );
  assert.deepEqual(complaints, []);
  await close();
});
