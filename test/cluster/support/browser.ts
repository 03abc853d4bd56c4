import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { ensureTools } from '../plane/build.ts';

/** A browser for which every host is on this machine. */
export interface LocalBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @param port where requests by https are answered, whatever their host */
export async function openBrowser(port: number): Promise<LocalBrowser> {
  const { chromium: command } = await ensureTools(['chromium'], console.log);
  const folder = await mkdtemp(join(tmpdir(), 'istiops-browser-'));
  const place = dirname(command);
  const fonts = join(folder, 'fonts.conf');
  // Those of the machine, if it has any, and the one that comes with the browser.
  await writeFile(
    fonts,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/usr/share/fonts</dir><dir>${join(place, 'fonts')}</dir><cachedir>${join(folder, 'fonts')}</cachedir></fontconfig>`,
  );
  const browser = await chromium.launch({
    executablePath: command,
    args: [`--host-resolver-rules=MAP *:443 127.0.0.1:${port}`, '--disable-gpu'],
    env: {
      PATH: process.env['PATH'] ?? '',
      LD_LIBRARY_PATH: join(place, 'libraries', 'lib'),
      FONTCONFIG_FILE: fonts,
    },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
