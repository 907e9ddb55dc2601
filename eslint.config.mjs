import eslint from "@eslint/js";
import prettier from "eslint-config-prettier";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

const onlyInConfig = "Read settings through src/config.ts.";
const onlyFromDatabase = "Time comes from the database: see tidemark_now in migrations/functions/values.sql.";

// The rooms of src/, from the top down. A room imports from those below it, never from one beside or above it; files that lie
// loose in src/ count as rooms of their own.
const ROOMS = [
  ["main"],
  ["server"],
  ["commands"],
  ["ical"],
  ["demo", "retention"],
  ["rest"],
  ["graphql", "explorer"],
  ["metrics"],
  ["live"],
  ["sync-log"],
  ["event"],
  ["records"],
  ["people"],
  ["access"],
  ["http"],
  ["context"],
  ["database"],
  ["turns"],
  ["telemetry"],
  ["config"],
  ["entities"],
  ["values"],
  ["errors", "embedded"],
];
const place = (room) =>
  ["main", "demo", "retention", "context", "config", "errors"].includes(room)
    ? `./src/${room}.ts`
    : `./src/${room}`;
const directions = ROOMS.flatMap((level, index) =>
  level.map((room) => ({
    target: place(room),
    from: ROOMS.slice(0, index + 1)
      .flat()
      .filter((other) => other !== room)
      .map(place),
    message: "A room imports from those below it (ROOMS in eslint.config.mjs).",
  })),
).filter(({ from }) => from.length > 0);

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", ".tidemark/", "coverage/", "src/web/api/operations.ts"] },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ["**/*.{ts,tsx}"],
    languageOptions: {
      parserOptions: { project: "./test/tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // `== null` is how absent and null are asked for at once.
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "prefer-const": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 45, skipBlankLines: true, skipComments: true }],
      "max-depth": ["error", 3],
      "max-params": ["error", 5],
      complexity: ["error", 14],
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: onlyInConfig },
        { object: "Date", property: "now", message: onlyFromDatabase },
      ],
      // Wire words are compared with the words themselves.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    // The pages run in a browser, and are compiled by Vite.
    files: ["src/web/**/*.{ts,tsx}"],
    languageOptions: {
      parserOptions: { project: "./src/web/tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-restricted-properties": ["error", { object: "Date", property: "now", message: "Use Temporal." }],
      // A handler of the page may be async: what it throws is caught where it is called.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts", ".tsx"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
      "import-x/resolver-next": [
        createTypeScriptImportResolver({
          project: ["tsconfig.json", "src/web/tsconfig.json"],
          noWarnOnMultipleProjects: true,
        }),
      ],
    },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": ["error", { zones: directions, basePath: import.meta.dirname }],
    },
  },
  // Markup stands one attribute a line.
  { files: ["src/web/**/*.tsx"], rules: { "max-lines-per-function": ["error", 70] } },
  {
    // Tests and the command line talk to a person and to child processes.
    files: ["test/**/*.ts", "src/config.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "no-console": "off",
      "max-lines-per-function": "off",
      "max-lines": ["error", { max: 500, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["**/*.{js,mjs}"], ...tseslint.configs.disableTypeChecked },
  { files: ["jest.config.js"], languageOptions: { sourceType: "commonjs", globals: { module: "writable" } } },
  prettier,
);
