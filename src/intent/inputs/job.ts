import { input } from '../input.ts';
import { parseBoolean, parseOnFailure, parseSecret, parseLifetime, parseText } from '../scalars.ts';

/** What binds a change to its pull request and to the job that made it. */
export const JOB_INPUTS = {
  expires: input({
    name: 'expires',
    description:
      'How long a preview is needed, from its last change. The operation prune removes it after that. Without it: as long as its pull request is open.',
    accepted: 'a time with d, h or m, of at most a year',
    example: '14d',
    parse: parseLifetime,
  }),
  comment: input({
    name: 'comment',
    description:
      'Keeps one comment in the pull request that says what its builds get. It needs the permission pull-requests: write.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    actionOnly: true,
    parse: parseBoolean,
  }),
  deployment: input({
    name: 'deployment',
    description:
      'The name of an environment on GitHub. The change is a deployment to it, which is active until it is taken back. It needs the permission deployments: write.',
    accepted: 'the name of an environment',
    example: 'preview/pr-10',
    actionOnly: true,
    parse: parseText,
  }),
  githubToken: input({
    name: 'github-token',
    description:
      'The token for calls to GitHub, which are made for `comment`, `deployment` and the operation prune alone. Without it: the one of the job.',
    default: '${{ github.token }}',
    accepted: 'a token of GitHub',
    example: '${{ github.token }}',
    secret: true,
    actionOnly: true,
    parse: parseSecret,
  }),
  onFailure: input({
    name: 'on-failure',
    description:
      'What happens to the change when a later step of the job fails or the job is cancelled: keep it, or undo it (rollback).',
    default: 'keep',
    accepted: 'keep, rollback',
    example: 'rollback',
    actionOnly: true,
    parse: parseOnFailure,
  }),
};
