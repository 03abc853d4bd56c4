import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The rooms without effects: no store, no client, no Actions package, no clock, environment or random number. */
const PURE = [
  'base',
  'intent',
  'istio',
  'gates',
  'yaml',
  'plan',
  'undo',
  'operations',
  'checks',
  'confirm',
  'reach',
  'report',
  'doctor',
].map((room) => `src/${room}/**/*.ts`);

/**
 * The only files that may print. Whatever else did would print text of others as it is: as commands that the runner
 * carries out, as escape sequences, with secrets in it.
 */
const DOORS = ['src/doors/runner.ts', 'src/doors/streams.ts'];
const PRINTS =
  'Only src/doors/runner.ts and src/doors/streams.ts print: what passes there is redacted and escaped.';

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Name it: a default export has no name to search for.',
};

export default defineConfig(
  { ignores: ['dist/', 'lib/', 'node_modules/', 'reports/', '.stryker-tmp/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        // One program for all files. With `projectService`, which opens them one by one, a third is added to the time.
        project: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: DOORS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['@actions/core', 'node:process', 'node:console', 'process', 'console'].map((name) => ({
            name,
            message: PRINTS,
          })),
        },
      ],
      'no-restricted-globals': ['error', { name: 'console', message: PRINTS }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'stdout', message: PRINTS },
        { object: 'process', property: 'stderr', message: PRINTS },
        { object: 'globalThis', property: 'console', message: PRINTS },
      ],
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT_EXPORT,
        {
          selector: 'ImportExpression[source.value=/^(@actions\\/core|(node:)?(process|console))$/]',
          message: PRINTS,
        },
        { selector: "Property[key.name='stdio'] Literal[value='inherit']", message: PRINTS },
      ],
    },
  },
  {
    files: PURE,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/stores/**', '@actions/*', '@kubernetes/*'], message: 'Effects stay at the edge.' },
            {
              regex: '^node:(?!(crypto|zlib)$)',
              message: 'A pure room does no I/O; a hash and a compression are none.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'console'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The clock comes from run/.' },
        { object: 'Math', property: 'random', message: 'A plan is the same every time.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name it.' },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'The clock comes from run/.',
        },
      ],
    },
  },
  {
    files: ['src/reach/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/plan/**', '**/operations/**', '**/checks/**', '**/run/**'],
              allowTypeImports: true,
              message: "The guard shares no function with the planner: it couldn't catch its mistakes.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/operations/*/expect.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/plan/**', '**/plan.ts', '**/undo/**', '**/checks/**'],
              allowTypeImports: true,
              message:
                "What the guard allows shares no function with the planner: it couldn't catch its mistakes.",
            },
          ],
        },
      ],
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    // Parts of the bundle, as JavaScript, for ncc takes them as they are.
    ...tseslint.configs.disableTypeChecked,
    files: ['scripts/bundle/*.{js,cjs}'],
    rules: { ...tseslint.configs.disableTypeChecked.rules, '@typescript-eslint/no-require-imports': 'off' },
  },
);
