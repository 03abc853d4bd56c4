import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** In this order: the variable that other tools know as well, Debian's package, Chrome's own names. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Pixels of the page, before the scale. */
const WIDTH = 1000;
const SCALE = 1.5;

/**
 * The browser's command.
 *
 * @throws Error where there is none, with the ways to get one
 */
export function findBrowser(): string {
  const given = process.env['CHROME_BIN'];
  const names = given === undefined || given === '' ? NAMES : [given];
  const found = names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found === undefined) {
    throw new Error(
      `No browser: none of ${names.join(', ')} runs. Install one (Debian: apt-get install chromium fonts-liberation fonts-noto-color-emoji), or name one in CHROME_BIN.`,
    );
  }
  return found;
}

export interface Shot {
  /** An HTML page whose body gets `data-height` once it is drawn, or `data-fault`. */
  readonly html: string;
  /** The folder that its relative links start from. */
  readonly base: string;
  readonly png: string;
  /** Pixels; a longer page is cut off there. */
  readonly maxHeight: number;
}

/**
 * A picture of a whole page. The browser is started twice, because the size of its window is given before the page
 * says how high it is.
 *
 * @throws Error when the page can't be drawn
 */
export function takePicture(browser: string, { html, base, png, maxHeight }: Shot): void {
  const page = join(base, `.page-${process.pid}.html`);
  writeFileSync(page, html);
  try {
    const url = pathToFileURL(page).href;
    const dom = run(browser, [`--window-size=${WIDTH},600`, '--dump-dom', url]);
    const height = /data-height="(\d+)"/.exec(dom)?.[1];
    if (height === undefined) {
      throw new Error(
        `The page of ${png} was not drawn: ${/data-fault="([^"]*)"/.exec(dom)?.[1] ?? 'no reason given'}`,
      );
    }
    const size = `${WIDTH},${Math.min(Number(height), maxHeight)}`;
    run(browser, [
      `--window-size=${size}`,
      `--force-device-scale-factor=${SCALE}`,
      '--hide-scrollbars',
      `--screenshot=${png}`,
      url,
    ]);
  } finally {
    rmSync(page);
  }
}

function run(browser: string, args: readonly string[]): string {
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=20000'];
  const { status, stdout, stderr } = spawnSync(browser, [...options, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${browser} ends with ${String(status)}:\n${stderr}`);
  return stdout;
}
