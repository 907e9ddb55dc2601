/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  // jose comes as ES modules only, which jest does not load as they are.
  transform: { "^.+\\.ts$": ["@swc/jest"], "/node_modules/jose/.+\\.js$": ["@swc/jest"] },
  transformIgnorePatterns: ["/node_modules/(?!jose/)"],
  setupFiles: ["<rootDir>/test/support/record-statements.ts", "<rootDir>/test/support/property-seed.ts"],
  globalSetup: "<rootDir>/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/global-teardown.ts",
  testSequencer: "<rootDir>/test/support/sequencer.js",
  // What waits for something says itself for how long (test/support/wait.ts); this ends what hangs.
  testTimeout: 300_000,
  maxWorkers: 4,
};
