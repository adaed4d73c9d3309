// What the end-to-end tests share: the product in demo mode, a real browser, and a person who signs in.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const READY_MS = 60_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** Where screenshots go; nothing else reads them. */
export const shots = process.env.PROXMOX_AI_SHOTS ?? here('../test-results/shots');

function binary() {
  const candidates = [
    process.env.PROXMOX_AI,
    here('../../target/accept/proxmox-ai'),
    here('../../target/debug/proxmox-ai'),
  ];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

function browserPath() {
  return [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path && existsSync(path));
}

/** Why the tests cannot run here, or false. */
export const skip = !(process.env.E2E_URL || binary())
  ? 'no binary: set PROXMOX_AI to a built proxmox-ai'
  : !browserPath()
    ? 'no Chromium: install the package chromium, or set CHROMIUM'
    : false;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts `proxmox-ai demo` on an empty data directory; E2E_URL, E2E_USER, E2E_PASSWORD and
 * E2E_TOKEN name one that runs already. */
async function startProduct() {
  if (process.env.E2E_URL) {
    const { E2E_URL: base, E2E_USER: user = 'admin@demo', E2E_PASSWORD: password = '' } = process.env;
    return { base, user, password, token: process.env.E2E_TOKEN ?? '', stop: async () => {} };
  }
  const data = await mkdtemp(join(tmpdir(), 'proxmox-ai-e2e-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary(), ['demo', '--listen', listen, '--data', join(data, 'data')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ready = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time:\n${output}`)), READY_MS);
    const read = (chunk) => {
      output += chunk;
      const line = /^ready (\S+) (.*)$/m.exec(output);
      if (!line) return;
      clearTimeout(timer);
      resolve(line);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)));
  });
  const fields = Object.fromEntries(
    ready[2]
      .split(' ')
      .map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { base: ready[1], user: fields.user, password: fields.password, token: fields.token, stop };
}

/** A product and a browser for one test file. */
export async function open() {
  const product = await startProduct();
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  await mkdir(shots, { recursive: true });
  const close = async () => {
    await browser.close();
    await product.stop();
  };
  return { ...product, browser, close };
}

/** A page whose console must stay silent; `complaints` holds what it said. */
export async function newPage(stage, options = {}) {
  const narrow = options.narrow ?? false;
  const context = await stage.browser.newContext({
    baseURL: stage.base,
    viewport: narrow ? NARROW : WIDE,
    isMobile: narrow,
    hasTouch: narrow,
    colorScheme: options.scheme ?? 'dark',
    locale: 'en-GB',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A 401 tells the page to show the sign-in form.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}

export async function signIn(page, { user, password }) {
  await page.goto('/');
  await page.fill('input[autocomplete=username]', user);
  await page.fill('input[type=password]', password);
  await page.click('button[type=submit]');
  await page.waitForSelector('main#content h1');
}

/** Asks a query with the session of the page. */
export async function ask(page, operation, input = {}) {
  return page.evaluate(
    async ([path, body]) => {
      const session = await (await fetch('/api/v1/auth/session')).json();
      const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf_token };
      const answer = await fetch(`/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.json();
    },
    [operation.replace('.', '/'), input],
  );
}

/** Running guests with names of their own, those with the wanted name first. */
export async function runningGuests(page, wanted = []) {
  const { guests } = await ask(page, 'inventory.list');
  const names = guests.map((guest) => guest.name);
  const fit = guests.filter(
    (guest) =>
      guest.status === 'running' &&
      !guest.template &&
      !guest.lock &&
      names.filter((name) => name === guest.name).length === 1,
  );
  const rank = (guest) => (wanted.includes(guest.name) ? wanted.indexOf(guest.name) : wanted.length);
  return fit.sort((a, b) => rank(a) - rank(b));
}

/** Serious and critical findings of axe on what is shown, and whether it is wider than the screen. */
export async function judge(page) {
  const axe = await readFile(here('../node_modules/axe-core/axe.min.js'), 'utf8');
  await page.evaluate(`${axe};0`);
  return page.evaluate(async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    const bad = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')}`);
    const extra = document.scrollingElement.scrollWidth - window.innerWidth;
    return extra > 1 ? [...bad, `${extra} px too wide`] : bad;
  });
}

export async function shot(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) });
}
