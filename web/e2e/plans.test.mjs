// A plan that a program asked for is found in the console, without a reload, and judged there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { judge, newPage, open, runningGuests, shot, signIn, skip } from './support.mjs';

let stage;
before(async () => {
  if (!skip) stage = await open();
});
after(() => stage?.close());

/** What a program does: it wishes with its token, and may not consent. */
async function wish(operation, input) {
  const answer = await fetch(`${stage.base}/api/v1/${operation.replace('.', '/')}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${stage.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  });
  assert.equal(answer.status, 202, `${operation} is a plan`);
  return answer.json();
}

test('a plan of a program appears by itself, is rehearsed, and is carried out on consent', {
  skip,
}, async () => {
  const { page, complaints, close } = await newPage(stage, {});
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  const main = page.getByRole('navigation', { name: 'Main' });
  await main.getByRole('link', { name: 'Plans' }).click();
  await page.getByText('No plan waits for consent').first().waitFor();
  const { id } = await wish('guests.stop', { guests: [`${guest.cluster}/${guest.vmid}`] });
  const link = page.getByRole('main').getByRole('link', { name: `Stop ${guest.name}` });
  await link.waitFor();
  await main.getByRole('link', { name: '1 plan waits for consent' }).waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'plans-waiting');
  await main.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('region', { name: '1 plan waits for consent' }).waitFor();
  assert.deepEqual(await judge(page), []);
  await page
    .getByRole('main')
    .getByRole('link', { name: `Stop ${guest.name}` })
    .click();
  await page.waitForURL(`**/plans/${id}`);
  const card = page.locator('[data-plan-state=proposed]');
  await card.getByRole('button', { name: 'Rehearse' }).click();
  await card.getByText('Would succeed').waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'plan-page');
  await card.getByRole('button', { name: `Stop ${guest.name}` }).click();
  await page.getByText(`verified: ${guest.name} is stopped`).waitFor();
  await main.getByRole('link', { name: '1 plan waits for consent' }).waitFor({ state: 'detached' });
  await page.goto('/plans?state=approved');
  await page
    .getByRole('main')
    .getByRole('link', { name: `Stop ${guest.name}` })
    .waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('with one hand a plan is reached in two taps and rejected', { skip }, async () => {
  const { page, complaints, close } = await newPage(stage, { narrow: true });
  await signIn(page, stage);
  const [guest] = await runningGuests(page);
  await wish('guests.reboot', { guests: [`${guest.cluster}/${guest.vmid}`] });
  await page.getByRole('navigation', { name: 'Quick' }).getByRole('link', { name: 'Plans' }).tap();
  await page
    .getByRole('main')
    .getByRole('link', { name: `Reboot ${guest.name}` })
    .tap();
  await page.getByRole('button', { name: 'Reject' }).tap();
  await page.getByText('This plan was rejected. Nothing was changed.').waitFor();
  assert.deepEqual(await judge(page), []);
  await shot(page, 'plan-page-390');
  assert.deepEqual(complaints, []);
  await close();
});
