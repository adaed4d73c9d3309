// Keyboard only: sign in, find a guest, choose rows, reboot a guest, sign out. And what a wrong password says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPage, open, runningGuests, shot, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

/** Tabs until what has the focus fits. */
async function tabTo(page, fits, most = 40) {
  for (let presses = 0; presses < most; presses += 1) {
    if (await page.evaluate(fits)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`not reachable by keyboard within ${most} presses`);
}

test('everything from sign-in to a run without a pointer', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage);
  await page.goto('/');
  await page.waitForSelector('input[autocomplete=username]');
  await page.keyboard.type(stage.user);
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'User or password is wrong' }).waitFor();
  await page.locator('input[type=password]').focus();
  await page.keyboard.type(stage.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('main#content h1');

  const [guest] = await runningGuests(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search' }).waitFor();
  await page.keyboard.type('guests');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/guests/);
  await page.waitForSelector('[role=gridcell]');
  await tabTo(page, () => document.activeElement?.getAttribute('role') === 'grid');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('2 selected').waitFor();
  await shot(page, 'keyboard-selected');
  await page.keyboard.press('Escape');
  await page.getByText('2 selected').waitFor({ state: 'detached' });

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search' }).waitFor();
  await page.keyboard.type(`reboot ${guest.name}`);
  await page.keyboard.press('Enter');
  await page.locator('[data-plan-state=proposed]').waitFor();
  await page.evaluate((name) => {
    window.wantedButton = `Reboot ${name}`;
  }, guest.name);
  await tabTo(page, () => document.activeElement?.textContent === window.wantedButton);
  await page.keyboard.press('Enter');
  await page.locator('[data-run-state=succeeded]').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await tabTo(page, () => document.activeElement?.getAttribute('aria-label') === 'Sign out', 80);
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[type=password]');
  assert.deepEqual(complaints, []);
  await close();
});
