import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Every process of a plane has this in its environment, with the plane's folder as the value. A list of pids in a
 * file could miss one (killed between start and note) or name a stranger (a pid come round); this can't.
 */
export const MARK = 'ISTIOPS_PLANE';

export function markedProcesses(dir: string): readonly number[] {
  const wanted = `${MARK}=${dir}`;
  const found: number[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0').includes(wanted)) found.push(pid);
    } catch {
      // Gone since the listing, or somebody else's.
    }
  }
  return found;
}

/**
 * Ends all processes of a plane, then removes its folder. One way for all ends (stop, a killed owner, leftovers of
 * another day), with SIGKILL: nothing is worth saving, and what is exercised at every stop works when it must.
 */
export async function reap(dir: string): Promise<void> {
  // Twice nothing: a child caught between fork and exec shows its parent's environment the first time.
  for (let quiet = 0, tries = 0; quiet < 2; tries++) {
    const pids = markedProcesses(dir);
    quiet = pids.length === 0 ? quiet + 1 : 0;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Ended by itself.
      }
    }
    if (tries > 300) throw new Error(`Could not end these processes of ${dir}: ${pids.join(', ')}`);
    await sleep(quiet > 0 ? 10 : 30);
  }
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
