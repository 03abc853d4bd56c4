/**
 * How GitHub's runner finds commands in what a step prints: a port of its parser, on the safe side where it depends on
 * the runner's language.
 *
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 * @see https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs
 */

export interface RunnerCommand {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

/** Every command that a runner knows, the internal ones too. */
const REGISTERED = new Set([
  'stop-commands',
  'internal-set-repo-path',
  'set-env',
  'set-output',
  'save-state',
  'add-mask',
  'add-path',
  'add-matcher',
  'remove-matcher',
  'debug',
  'warning',
  'error',
  'notice',
  'group',
  'endgroup',
  'echo',
]);

/**
 * The commands in what a process printed, in order. Lines end as for .NET's `StreamReader.ReadLine`. The runner looks
 * for the signs of a command by the rules of its language, which overlook characters that count as nothing: all of
 * these are taken out before.
 */
export function commandsIn(printed: string): RunnerCommand[] {
  return printed.split(/\r\n|\r|\n/).flatMap((line) => {
    const seen = line.replaceAll(
      /[\p{Cc}\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/gu,
      (character) => (character === '\t' ? character : ''),
    );
    return [line, seen].flatMap((text) => newForm(text) ?? oldForm(text) ?? []).slice(0, 1);
  });
}

/** `::name key=value::data`, after blanks. */
function newForm(line: string): RunnerCommand | undefined {
  const message = line.trimStart();
  if (!message.startsWith('::')) return undefined;
  const end = message.indexOf('::', 2);
  if (end < 0) return undefined;
  return command(message.slice(2, end), ',', message.slice(end + 2));
}

/** `##[name key=value]data`, anywhere. */
function oldForm(line: string): RunnerCommand | undefined {
  const begin = line.indexOf('##[');
  if (begin < 0) return undefined;
  const end = line.indexOf(']', begin);
  if (end < 0) return undefined;
  return command(line.slice(begin + 3, end), ';', line.slice(end + 1));
}

function command(info: string, separator: string, data: string): RunnerCommand | undefined {
  const [name = '', ...words] = info.split(' ');
  if (!REGISTERED.has(name.toLowerCase())) return undefined;
  const properties = words
    .join(' ')
    .trim()
    .split(separator)
    .map((property) => property.split('='))
    .flatMap(([key = '', ...value]) => (value.length === 0 ? [] : [[key, value.join('=')] as const]));
  return { name: name.toLowerCase(), properties: new Map(properties), data: unescaped(data) };
}

function unescaped(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
