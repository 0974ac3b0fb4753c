// Debian's Chromium, driven by playwright-core.
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import type { Role } from '../../server/auth/roles';
import { CHROMIUM, findCommand } from '../../server/run/debian.mjs';

/** Longest that a page may take to show something; test machines are slow. */
export const PATIENCE_MS = 45_000;

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH || CHROMIUM.commands.map((command) => findCommand(command)).find(Boolean);
  if (!executablePath) throw new Error('Chromium is not on this machine: `npm test` installs it.');
  return chromium.launch({
    executablePath,
    args: [
      // Chromium refuses its sandbox to root; everyone else keeps it.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;
const sessions = new Map<string, Promise<Session>>();

/** A fresh context in which somebody with this role has signed in; null: nobody. */
export async function contextAs(
  browser: Browser,
  origin: string,
  role: Role | null,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const known = `${origin} ${role}`;
  if (role && !sessions.has(known)) sessions.set(known, signIn(browser, origin, role));
  const context = await browser.newContext({
    baseURL: origin,
    viewport: DESKTOP,
    // The tests know a time by its zone's name, whatever the machine's own.
    timezoneId: 'UTC',
    locale: 'en-US',
    reducedMotion: 'reduce',
    ...(role ? { storageState: await sessions.get(known) } : {}),
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

const BUTTON: Record<Role, RegExp> = {
  executive: /^Executive/,
  supply: /^Supply chain/,
  engineer: /^Integration engineer/,
  administrator: /^Administrator/,
};

/** Waits until React has taken the sign-in page over: a press before that moment does nothing. */
export async function readyToSignIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await page.waitForFunction(() => {
    const button = document.querySelector('form button[type="submit"]');
    return button !== null && Object.keys(button).some((key) => key.startsWith('__reactProps'));
  });
}

/** Presses a role's button of the sign-in page and waits until its home page is there. */
export async function pressRole(page: Page, role: Role): Promise<void> {
  await readyToSignIn(page);
  await page.getByRole('button', { name: BUTTON[role] }).click();
  await page.waitForURL((url) => url.pathname !== '/signin');
}

/** Signs in as the page's button does, but without the page: that has tests of its own. */
async function signIn(browser: Browser, origin: string, role: Role): Promise<Session> {
  const context = await browser.newContext({ baseURL: origin });
  try {
    const { csrfToken } = (await (await context.request.get('/api/auth/csrf')).json()) as { csrfToken: string };
    const answer = await context.request.post('/api/auth/callback/demo', { form: { csrfToken, role, json: 'true' } });
    if (!answer.ok()) throw new Error(`Signing in as ${role} was answered ${answer.status()}.`);
    return await context.storageState();
  } finally {
    await context.close();
  }
}

/** What went wrong on a page since: errors of scripts and of the console, answers of 500 and above. */
export function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} from ${new URL(response.url()).pathname}`);
  });
  return problems;
}

/** Waits until nothing on the page is loading any more. */
export async function loaded(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForFunction(
    () => document.querySelector('[data-state="loading"], main [aria-busy="true"], main [aria-label="Loading"]') === null,
  );
}

/** Opens an address and waits until it is shown whole. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await loaded(page);
}

/** The states that stand for trouble on a page, in words. */
export function troubles(page: Page): Promise<string[]> {
  const states = ['source_down', 'internal', 'narrow_range', 'bad_input', 'not_allowed'].map((state) => `[role="alert"][data-state="${state}"]`);
  return page.locator([...states, '[role="status"][data-state="stale"]'].join(', ')).allInnerTexts();
}
