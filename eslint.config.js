import next from 'eslint-config-next/core-web-vitals';
import tseslint from 'typescript-eslint';

/**
 * Imports run one way: app → server → clickhouse, ingest → clickhouse; the event contract may
 * be read by all.
 * @param {string} folder whose files are meant
 * @param {string[]} forbidden top-level folders
 */
function mayNotImport(folder, forbidden) {
  const paths = forbidden.map((name) =>
    name === 'ingest' ? '(ingest(?!/contract(/|$)))(/|$)?' : `${name}(/|$)`,
  );
  return {
    files: [`${folder}/**/*.{ts,tsx,mjs}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(@/|(\\.\\./)+)(${paths.join('|')})`,
              message: `${folder} may not import from ${forbidden.join(', ')} (imports run one way: app → server → clickhouse, ingest → clickhouse; only ingest/contract is for all).`,
            },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  {
    ignores: ['.next*/**', 'data/**', 'node_modules/**', 'next-env.d.ts', 'test-results/**'],
  },
  ...next,
  ...tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'max-lines': ['warn', { max: 400, skipBlankLines: false, skipComments: false }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  mayNotImport('app', ['clickhouse', 'ingest', 'test']),
  mayNotImport('server', ['app', 'ingest', 'test']),
  mayNotImport('clickhouse', ['app', 'server', 'ingest', 'test']),
  mayNotImport('ingest', ['app', 'server', 'test']),
  {
    // Truth written by the code under test would prove nothing.
    ...mayNotImport('ingest/simulator', ['app', 'server', 'clickhouse', 'test']),
    files: ['ingest/simulator/truth*.ts', 'ingest/simulator/truth/**/*.ts'],
  },
);
