// npm run test:long: what takes long. A file whose name ends in .long.ts is run only here. Those named below have two
// forms, the short one of which `npm test` runs: here they are run again in their long form.
process.env.TIDEMARK_LONG = "1";

const TWO_FORMS = ["attack", "authorisation", "faults-kill", "prove", "sabotage", "tenancy-mutations"];

/** @type {import("jest").Config} */
module.exports = {
  ...require("./jest.config.js"),
  testMatch: ["**/*.long.ts", ...TWO_FORMS.map((name) => `**/${name}.test.ts`)],
};
