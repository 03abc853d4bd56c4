/** `istiops keyless`: prints what an API server needs to accept GitHub's OIDC tokens. Nothing is contacted. */
import type { Command } from 'commander';
import { toTrafficError } from '../base/errors.ts';
import { faultsError } from '../intent/faults.ts';
import { input } from '../intent/input.ts';
import { INPUTS } from '../intent/inputs.ts';
import {
  parseCertificateAuthority,
  parseId,
  parseIssuer,
  parseNames,
  parsePart,
  parseRefs,
} from '../intent/keyless.ts';
import { createReader } from '../intent/reader.ts';
import { AS_FLAGS } from '../intent/spelling.ts';
import type { CertificateAuthority, KeylessPart, Words } from '../intent/types.ts';
import { inFlags } from '../report/in-flags.ts';
import {
  authenticationYaml,
  authorizationYaml,
  GITHUB_ISSUER,
  type TokenIssuer,
  type TrustedJobs,
} from '../stores/kubernetes/authentication.ts';
import { pemIn } from '../stores/kubernetes/keyless.ts';
import { flagOf, wordsOf } from './flags.ts';
import type { Streams } from './streams.ts';

/** Where no job is named: what most deployments run on. */
const USUAL_REF = 'refs/heads/main';
/** No token is for this audience, so the configuration lets nobody in until it is replaced. */
const UNKNOWN_AUDIENCE = 'https://REPLACE-BY-THE-SERVER-OF-YOUR-STEPS';

const FLAGS = {
  repositoryId: input({
    name: 'repository-id',
    description: "The repository's number: gh api repos/OWNER/NAME --jq .id prints it.",
    accepted: 'a number',
    example: '123456',
    parse: parseId,
  }),
  repositoryOwnerId: input({
    name: 'repository-owner-id',
    description:
      "The number of the user or organisation: gh api repos/OWNER/NAME --jq .owner.id prints it. Without it: the API server lets in this repository alone, and none of the owner's others.",
    accepted: 'a number',
    example: '4711',
    parse: parseId,
  }),
  environment: input({
    name: 'environment',
    description: 'Jobs with this environment get the rights. Can be given several times.',
    accepted: 'names of environments, one on a line',
    example: 'production',
    parse: parseNames,
  }),
  ref: input({
    name: 'ref',
    description:
      'Jobs without an environment that run on this ref get the rights. Can be given several times. Without it and --environment: refs/heads/main.',
    accepted: 'refs/heads/… or refs/tags/…, one on a line',
    example: 'refs/heads/main',
    parse: parseRefs,
  }),
  namespace: input({ ...INPUTS.namespace, description: 'The namespace of the rights.', default: 'default' }),
  createDestinationRule: input({
    ...INPUTS.createDestinationRule,
    description: 'With the rights to create and delete DestinationRules.',
  }),
  server: input({
    ...INPUTS.server,
    description: 'The API server, as the steps have it: it is the audience of their tokens.',
  }),
  audience: input({
    ...INPUTS.audience,
    description: 'The audience of the tokens, where the steps have one of their own.',
  }),
  issuer: input({
    name: 'issuer',
    description:
      "The issuer of the tokens, where it is not that of github.com: an enterprise's own, or a GitHub Enterprise Server's.",
    default: GITHUB_ISSUER,
    accepted: 'an https URL',
    example: 'https://github.example/_services/token',
    parse: parseIssuer,
  }),
  issuerAuthority: input({
    name: 'issuer-ca',
    description:
      "The certificate authority of the issuer's certificate. Without it: those that the API server trusts.",
    accepted: 'certificates in PEM, their base64, or the path of a file with either',
    example: 'ca.crt',
    parse: parseCertificateAuthority,
  }),
  only: input({
    name: 'only',
    description:
      'One of the two parts: authentication (the AuthenticationConfiguration) or authorization (Role and RoleBinding).',
    accepted: 'authentication, authorization',
    example: 'authorization',
    parse: parsePart,
  }),
};

const ALL = Object.values(FLAGS);

/** Adds the command. */
export function addKeyless(program: Command, perform: (words: Words) => void): void {
  const command = program
    .command('keyless')
    .description("print what an API server needs to accept GitHub's own tokens, in place of a kubeconfig")
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      '\nExample:\n  $ istiops keyless --repository-id 123456 --environment production --server https://k8s.example:6443',
    );
  for (const flag of ALL) command.addOption(flagOf(flag, true));
  command.action((flags: Record<string, unknown>) => {
    perform(wordsOf(flags));
  });
}

/** @returns the exit code: 0 printed, 2 a usage error */
export function keyless(words: Words, { out, err }: Pick<Streams, 'out' | 'err'>): number {
  try {
    out(keylessText(words));
    return 0;
  } catch (thrown) {
    err(`istiops: ${inFlags(toTrafficError(thrown).message)}\n`);
    return 2;
  }
}

interface KeylessWords {
  readonly jobs: TrustedJobs;
  readonly namespace: string;
  readonly isCreating: boolean;
  readonly audience: string;
  readonly issuer: TokenIssuer;
  readonly only: KeylessPart | undefined;
}

function keylessText(words: Words): string {
  const { jobs, namespace, isCreating, audience, issuer, only } = readKeylessWords(words);
  const authentication = authenticationHead(jobs, audience) + authenticationYaml(jobs, audience, issuer);
  const authorization = authorizationHead(jobs) + authorizationYaml(jobs, namespace, isCreating);
  if (only === 'authentication') return authentication;
  return only === 'authorization' ? authorization : `${authentication}---\n${authorization}`;
}

/** @throws TrafficError invalid-input: one for all faults */
function readKeylessWords(words: Words): KeylessWords {
  const reader = createReader(words, undefined);
  const repositoryId = reader.read(FLAGS.repositoryId) ?? '';
  if (reader.text(FLAGS.repositoryId) === undefined) reader.fault(FLAGS.repositoryId, 'it is required');
  const repositoryOwnerId = reader.read(FLAGS.repositoryOwnerId);
  const environments = reader.read(FLAGS.environment) ?? [];
  const refs = reader.read(FLAGS.ref) ?? (environments.length === 0 ? [USUAL_REF] : []);
  const server = reader.read(FLAGS.server);
  const audience = reader.read(FLAGS.audience) ?? server ?? UNKNOWN_AUDIENCE;
  const url = reader.read(FLAGS.issuer) ?? '';
  const authority = reader.read(FLAGS.issuerAuthority);
  const namespace = reader.read(FLAGS.namespace) ?? '';
  const isCreating = reader.read(FLAGS.createDestinationRule) ?? false;
  const only = reader.read(FLAGS.only);
  if (reader.faults.length > 0)
    throw faultsError(
      reader.faults,
      ALL.map(({ name }) => name),
      AS_FLAGS,
    );
  return {
    jobs: { repositoryId, environments, refs, ...(repositoryOwnerId !== undefined && { repositoryOwnerId }) },
    namespace,
    isCreating,
    audience,
    issuer: { url, ...(authority !== undefined && { certificateAuthority: pemOf(authority) }) },
    only,
  };
}

function pemOf(authority: CertificateAuthority): string {
  return authority.kind === 'pem'
    ? authority.pem
    : pemIn(authority.path, AS_FLAGS.nameOf(FLAGS.issuerAuthority.name));
}

function authenticationHead({ repositoryOwnerId }: TrustedJobs, audience: string): string {
  return comment(
    'For the API server: the file that its flag --authentication-config names.',
    'Kubernetes 1.34 or newer; 1.30 to 1.33 call it apiserver.config.k8s.io/v1beta1.',
    ...(repositoryOwnerId === undefined
      ? [
          'It lets in this repository alone. With --repository-owner-id the rule is on repository_owner_id,',
          'and lets in all of the owner; what each of them may do is up to the RoleBindings.',
        ]
      : []),
    ...(audience === UNKNOWN_AUDIENCE
      ? ['Replace the audience by the input server of your steps, or print it with --server.']
      : []),
  );
}

function authorizationHead({ environments, refs }: TrustedJobs): string {
  const jobs = [
    ...environments.map((name) => `with the environment ${name}`),
    ...refs.map((ref) => `of ${ref} without an environment`),
  ];
  return comment(
    'For the namespace: kubectl apply --filename -',
    ...jobs.map((job) => `Rights of jobs ${job}.`),
  );
}

function comment(...lines: readonly string[]): string {
  return lines.map((line) => `# ${line}\n`).join('');
}
