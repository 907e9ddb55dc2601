// What takes longest begins first, in a clean clone too, where jest knows nothing of earlier runs: so no worker is left with
// it at the end.
const path = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

/** The longest of both stages, the longest first; all others follow. */
const LONGEST = [
  ...["embedded", "faults-rolling-restart", "time-limits", "memory", "prove", "start", "web-looks", "web"],
  ...["misled-planner", "upgrades", "siege", "faults-hanging", "web-changes", "shares", "faults-kill"],
  ...["series-files", "tenancy-mutations", "extension", "authorisation", "failures", "sabotage", "docs-page"],
  ...["openapi", "changed-at-source", "limits", "sync-view", "rules", "attack", "workers", "commands"],
  ...["calendar-files", "faults-hour", "offers", "security", "seen", "oidc", "polls", "statements"],
];

const nameOf = (file) => path.basename(file).split(".")[0];

/** Files that share a worker's load (whole.config.mjs) begin as early as the longest of them. */
function place({ path: file, context }) {
  const files = context.config.globals.TEST_FILES ?? [file];
  const places = files.map((one) => LONGEST.indexOf(nameOf(one))).filter((index) => index !== -1);
  return Math.min(LONGEST.length, ...places);
}

module.exports = class extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => place(a) - place(b));
  }
};
