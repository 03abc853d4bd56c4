/**
 * Files below a folder, opened without following links on any step. A path is resolved anew by each system call, and
 * whoever can write the folder may put a link in place of a part of it between two of them. So folders are held open:
 * on Linux, `/proc/self/fd/N/name` is `openat(N, name)`, for which Node has no call. Elsewhere each step is looked at
 * before and after.
 */
import { constants, existsSync, type BigIntStats } from 'node:fs';
import { lstat, open, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** What a file is, whatever its name is: another file under the same name differs in it. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

export interface Content {
  readonly bytes: Buffer;
  readonly identity: FileIdentity;
}

/** A folder held open; names in it are reached through `at`. */
export interface HeldFolder {
  readonly at: (name: string) => string;
  /** @throws an error with code ELOOP where what was opened is not what is there */
  readonly check: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
// 0 where the system has none of it (Windows): there the comparison of what was opened must do.
const { O_NOFOLLOW = 0, O_DIRECTORY = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;

/** Not on macOS and Windows, nor in a container without `/proc`. */
const HAS_HANDLES = process.platform === 'linux' && existsSync('/proc/self/fd');

/** A step of the path is a link, or became one. */
export function isLinkError(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ELOOP' || code === 'ENOTDIR';
}

/**
 * Opens `root`, which may be reached through links, and from there each step without following one.
 *
 * @param byHandle through `/proc`, where there is one; else each step is compared by name before and after
 * @throws an error of the file system; its code is ELOOP or ENOTDIR where a step is a link
 */
export async function holdFolder(
  root: string,
  steps: readonly string[],
  byHandle: boolean = HAS_HANDLES,
): Promise<HeldFolder> {
  return byHandle ? holdByHandle(root, steps) : holdByName(root, steps);
}

async function holdByHandle(root: string, steps: readonly string[]): Promise<HeldFolder> {
  let handle = await open(root, O_RDONLY | O_DIRECTORY);
  for (const step of steps) {
    const next = await open(
      `/proc/self/fd/${handle.fd}/${step}`,
      O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
    ).finally(() => handle.close());
    handle = next;
  }
  const held = handle;
  return {
    at: (name) => `/proc/self/fd/${held.fd}/${name}`,
    check: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => held.close(),
  };
}

async function holdByName(root: string, steps: readonly string[]): Promise<HeldFolder> {
  const folder = path.join(await realpath(root), ...steps);
  const check = async (): Promise<void> => {
    if ((await realpath(folder)) !== folder)
      throw Object.assign(new Error(`a link is on the way to ${folder}`), { code: 'ELOOP' });
  };
  await check();
  return { at: (name) => path.join(folder, name), check, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** A file that is larger than what is read. */
export interface TooLarge {
  readonly size: number;
  /** Has it any of the texts that were looked for? */
  readonly hasWanted: boolean;
}

/**
 * A file's bytes, where it has at most `mostBytes`.
 *
 * @param wanted what is looked for in a larger file
 */
export async function readIn(
  folder: HeldFolder,
  name: string,
  mostBytes: number,
  wanted: readonly Buffer[] = [],
): Promise<Content | TooLarge> {
  // Without O_NONBLOCK, to open a pipe that nobody writes to never ends.
  const handle = await open(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { dev, ino, size } = await requireSame(folder, name, handle);
    if (size > mostBytes) return { size: Number(size), hasWanted: await hasAny(handle, wanted) };
    return { bytes: await handle.readFile(), identity: { device: dev, inode: ino } };
  } finally {
    await handle.close();
  }
}

async function hasAny(handle: FileHandle, wanted: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(0, ...wanted.map(({ length }) => length));
  let end = Buffer.alloc(0);
  for await (const chunk of handle.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false })) {
    const bytes = Buffer.concat([end, chunk as Buffer]);
    if (wanted.some((each) => bytes.includes(each))) return true;
    end = bytes.subarray(-overlap);
  }
  return false;
}

/** What was opened is a file, and it is what the name stands for: not a link, nor what a link points to. */
async function requireSame(folder: HeldFolder, name: string, handle: FileHandle): Promise<BigIntStats> {
  const [opened, named] = await Promise.all([
    handle.stat({ bigint: true }),
    lstat(folder.at(name), { bigint: true }),
  ]);
  await folder.check();
  if (!opened.isFile()) throw Object.assign(new Error('it is no file'), { code: 'EINVAL' });
  if (named.isSymbolicLink() || named.ino !== opened.ino || named.dev !== opened.dev)
    throw Object.assign(new Error('it is another file than the one that was opened'), { code: 'ELOOP' });
  return opened;
}

/**
 * Writes a file beside and renames it over `name`: nobody ever reads half of it, and a link under that name is
 * replaced, not followed. Mode and owner stay.
 *
 * @returns what the new file is
 */
export async function replaceIn(folder: HeldFolder, name: string, text: string): Promise<FileIdentity> {
  await folder.check();
  const { mode, uid, gid } = await lstat(folder.at(name));
  const beside = folder.at(`.${name}.${process.pid}-${(besides += 1)}.tmp`);
  const handle = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const made = await handle.stat({ bigint: true });
    try {
      await handle.writeFile(text, 'utf8');
      if (Number(made.uid) !== uid || Number(made.gid) !== gid)
        await handle.chown(uid, gid).catch(() => undefined);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await folder.check();
    await rename(beside, folder.at(name));
    return { device: made.dev, inode: made.ino };
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  }
}

/** Of this process, so that two files beside each other have different names. */
let besides = 0;
