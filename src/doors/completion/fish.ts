import { namesOf, shellQuoted, stepsOf, type CompletionFlag, type CompletionPlace } from './places.ts';

/** A script for `istiops completion fish | source`, or for a file in fish's folder of completions. */
export function fishScript(places: readonly CompletionPlace[]): string {
  const withValue = namesOf(places, ({ value }) => value.kind !== 'none').join(' ');
  const steps = stepsOf(places).flatMap(({ from, word, to }) => [
    `      case ${shellQuoted(`${from} ${word}`)}`,
    `        set place ${shellQuoted(to)}`,
  ]);
  const offers = places.flatMap(({ words, commands, flags }) => {
    const at = `complete -c istiops -n "__istiops_at ${shellQuoted(words)}"`;
    return [
      ...commands.map(({ word, summary }) => `${at} -a ${word} -d ${shellQuoted(summary)}`),
      ...flags.map((flag) => `${at} ${flagArguments(flag)}`),
    ];
  });
  return `# fish completion of istiops: istiops completion fish | source
function __istiops_at
  set -l place ''
  set -l isValue 0
  set -l tokens (commandline -opc)
  for token in $tokens[2..-1]
    if test $isValue = 1
      set isValue 0
      string match -q -- '-*' $token; or continue
    end
    switch $token
      case ${withValue}
        set isValue 1
        continue
      case '-*'
        continue
    end
    switch "$place $token"
${steps.join('\n')}
    end
  end
  test "$place" = "$argv[1]"
end
complete -c istiops -f
${offers.join('\n')}
`;
}

function flagArguments({ long, short, summary, value, isOptional }: CompletionFlag): string {
  const names = [`-l ${long.slice(2)}`, ...(short === undefined ? [] : [`-s ${short.slice(1)}`])];
  return [...names, ...valueArguments(value, isOptional), `-d ${shellQuoted(summary)}`].join(' ');
}

/** fish asks for the value after a space only where a flag must have one (-r; -x: one that is no file). */
function valueArguments(value: CompletionFlag['value'], isOptional: boolean): readonly string[] {
  switch (value.kind) {
    case 'none':
      return [];
    case 'file':
      return ['-r', '-F'];
    case 'any':
      return ['-x'];
    case 'words':
      return [isOptional ? '' : '-x', `-a ${shellQuoted(value.words.join(' '))}`].filter(
        (word) => word !== '',
      );
  }
}
