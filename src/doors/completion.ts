/** `istiops completion bash|zsh|fish`: a script for the shell, made from the tree of commands as it is. */
import { Argument, type Command } from 'commander';
import { KUBECONFIG_SOURCES } from '../intent/types.ts';
import { OPERATIONS } from '../operations/index.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { placesOf, type CompletionPlace, type ValuesOf } from './completion/places.ts';
import { zshScript } from './completion/zsh.ts';
import { DOCTOR_FORMATS } from './doctor.ts';
import { formatsOf } from './formats.ts';

const SCRIPTS: Readonly<Record<string, (places: readonly CompletionPlace[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Adds the command. Its script has all commands that the program has when it is called. */
export function addCompletion(program: Command, print: (script: string) => void): void {
  const shells = Object.keys(SCRIPTS);
  const argument = new Argument('<shell>', 'the shell').choices(shells);
  const command: Command = program.command('completion');
  argument.argParser((shell: string): string => {
    if (shells.includes(shell)) return shell;
    command.error(`error: there is no completion for ${shell}: name one of ${shells.join(', ')}`);
  });
  command
    .description('print a script that completes commands and flags in a shell')
    .addArgument(argument)
    .addHelpText('after', '\nExample, for ~/.bashrc:\n  source <(istiops completion bash)')
    .action((shell: string) => {
      const script = SCRIPTS[shell]?.(placesOf(program, valuesOf));
      if (script !== undefined) print(script);
    });
}

const valuesOf: ValuesOf = (place, flag) => {
  switch (flag) {
    case '--output': {
      const operation = OPERATIONS.find((one) => place === `traffic ${one}`);
      return place === 'doctor' ? DOCTOR_FORMATS : formatsOf(operation ?? 'shift');
    }
    case '--mode':
      return ['all', 'stale'];
    case '--only':
      return ['authentication', 'authorization'];
    case '--kubeconfig-from':
      return KUBECONFIG_SOURCES;
    case '--dry-run':
    case '--force':
      return ['true', 'false'];
    case '--kubeconfig':
    case '--certificate-authority':
    case '--issuer-ca':
    case '--manifests':
    case '--expectations':
      return 'file';
    default:
      return undefined;
  }
};
