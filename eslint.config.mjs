import fs from "node:fs";
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
  ["demo", "retention"],
  ["rest"],
  ["graphql"],
  ["metrics"],
  ["webhooks"],
  ["live"],
  ["sync-log"],
  ["files"],
  ["forgetting", "audit"],
  ["series"],
  ["ical"],
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
  ["failures"],
  ["errors", "embedded"],
];
const src = `${import.meta.dirname}/src`;
const place = (room) => (fs.existsSync(`${src}/${room}`) ? `./src/${room}` : `./src/${room}.ts`);
// The pages run in a browser, and what builds the program is no part of it.
const strays = fs
  .readdirSync(src)
  .map((name) => name.replace(/\.ts$/, ""))
  .filter((name) => !["web", "build.mjs"].includes(name) && !ROOMS.flat().includes(name));
if (strays.length > 0) throw new Error(`Say in ROOMS where ${strays.join(", ")} of src stand.`);
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

// REST calls what GraphQL calls. Of the rooms that hold the logic it knows the resolvers, what they take and answer, and how
// the places of lists by name are written.
const LOGIC = [
  ...["live", "sync-log", "webhooks", "files", "forgetting", "audit"],
  ...["series", "ical", "event", "records", "people"],
];
const onlyResolvers = LOGIC.map((room) => ({
  target: "./src/rest",
  from: `./src/${room}`,
  except: fs
    .readdirSync(`${import.meta.dirname}/src/${room}`)
    .filter((file) => /\.(resolver|args|inputs|types)\.ts$|^(projection|by-name)\.ts$/.test(file))
    .map((file) => `./${file}`),
  message: "The REST door calls resolvers, not what they call.",
}));

const pagesAlone = {
  target: "./src/web",
  from: "./src",
  except: ["./web"],
  message: "The pages run in a browser, and ask the service through its doors.",
};

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
      // As they stand, with blank lines and comments: test/guides/sizes.test.ts counts what is no program the same way.
      "max-lines": ["error", 300],
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
      "import-x/no-restricted-paths": [
        "error",
        { zones: [...directions, ...onlyResolvers, pagesAlone], basePath: import.meta.dirname },
      ],
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
  {
    // What jest loads as it is.
    files: ["jest*.config.js", "test/support/sequencer.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { module: "writable", process: "readonly", require: "readonly" },
    },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  prettier,
);
