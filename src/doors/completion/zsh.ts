import {
  choicesOf,
  namesOf,
  shellQuoted,
  spellingsOf,
  stepsOf,
  type CompletionPlace,
  type CompletionWord,
} from './places.ts';

/** A script for `source <(istiops completion zsh)` after `compinit`, or for a file `_istiops` in `$fpath`. */
export function zshScript(places: readonly CompletionPlace[]): string {
  const withValue = namesOf(places, ({ value }) => value.kind !== 'none').join('|');
  const ofFiles = namesOf(places, ({ value }) => value.kind === 'file').join('|');
  const steps = stepsOf(places).map(
    ({ from, word, to }) => `      (${shellQuoted(`${from} ${word}`)}) place=${shellQuoted(to)} ;;`,
  );
  const choices = choicesOf(places).map(
    ({ words, at }) => `      (${at.map(shellQuoted).join('|')}) compadd -- ${words.join(' ')}; return ;;`,
  );
  const offers = places.flatMap(({ words, commands, flags }) => {
    const named = flags.flatMap((flag) => spellingsOf(flag).map((word) => ({ word, summary: flag.summary })));
    return [
      `    (${shellQuoted(words)})`,
      ...described('commands', commands),
      ...described('flags', named),
      '      ;;',
    ];
  });
  return `#compdef istiops
# zsh completion of istiops: source <(istiops completion zsh)
_istiops() {
  local place='' previous=\${words[CURRENT-1]} word=\${words[CURRENT]} i
  local -a commands flags
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
      (${withValue})
        if [[ \${words[i+1]} != -* ]]; then i=$((i + 1)); fi
        continue
        ;;
      (-*) continue ;;
    esac
    case "$place \${words[i]}" in
${steps.join('\n')}
    esac
  done
  if [[ $word != -* ]]; then
    case "$place $previous" in
${choices.join('\n')}
    esac
    case $previous in
      (${ofFiles}) _files; return ;;
      (${withValue}) return ;;
    esac
  fi
  case $place in
${offers.join('\n')}
  esac
  if ((\${#commands})); then _describe command commands; fi
  if ((\${#flags})); then _describe flag flags; fi
}
if [[ $funcstack[1] == _istiops ]]; then
  _istiops "$@"
else
  compdef _istiops istiops
fi
`;
}

/** An assignment of words with their summaries, in the form of zsh's `_describe`. */
function described(name: string, words: readonly CompletionWord[]): readonly string[] {
  if (words.length === 0) return [];
  const items = words.map(({ word, summary }) => `        ${shellQuoted(`${word}:${summary}`)}`);
  return [`      ${name}=(`, ...items, '      )'];
}
