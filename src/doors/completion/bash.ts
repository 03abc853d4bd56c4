import { choicesOf, namesOf, shellQuoted, spellingsOf, stepsOf, type CompletionPlace } from './places.ts';

/**
 * A script for `source <(istiops completion bash)`. It runs in bash 3.2, which macOS has, as well: there, without
 * `compopt`, a value that nothing is known of is completed as a file.
 */
export function bashScript(places: readonly CompletionPlace[]): string {
  const withValue = namesOf(places, ({ value }) => value.kind !== 'none').join(' | ');
  const ofFiles = namesOf(places, ({ value }) => value.kind === 'file').join(' | ');
  const steps = stepsOf(places).map(
    ({ from, word, to }) => `      ${shellQuoted(`${from} ${word}`)}) place=${shellQuoted(to)} ;;`,
  );
  const choices = choicesOf(places).map(
    ({ words, at }) => `      ${at.map(shellQuoted).join(' | ')}) words=${shellQuoted(words.join(' '))} ;;`,
  );
  const offers = places.map(({ words, commands, flags }) => {
    const offered = [...commands.map(({ word }) => word), ...flags.flatMap(spellingsOf)];
    return `      ${shellQuoted(words)}) words=${shellQuoted(offered.join(' '))} ;;`;
  });
  return `# bash completion of istiops: source <(istiops completion bash)
_istiops() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} place='' words='' i
  # bash splits --output=json in three.
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $previous == '=' ]] && ((COMP_CWORD > 2)); then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${withValue})
        if [[ \${COMP_WORDS[i + 1]} == '=' ]]; then i=$((i + 1)); fi
        if [[ \${COMP_WORDS[i + 1]} != -* ]]; then i=$((i + 1)); fi
        continue
        ;;
      -*) continue ;;
    esac
    case "$place \${COMP_WORDS[i]}" in
${steps.join('\n')}
    esac
  done
  COMPREPLY=()
  if [[ $word != -* ]]; then
    case $previous in
      ${ofFiles}) return ;;
    esac
    case "$place $previous" in
${choices.join('\n')}
    esac
    case $words$previous in
      ${withValue})
        compopt +o default 2>/dev/null
        return
        ;;
    esac
  fi
  if [[ -z $words ]]; then
    case $place in
${offers.join('\n')}
    esac
  fi
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _istiops istiops
`;
}
