// What takes longest begins first, in a clean clone too, where jest knows nothing of earlier runs: so no worker is left with
// it at the end.
const path = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

/** The longest of both stages, the longest first; all others follow. */
const LONGEST = [
  ...["embedded", "faults-rolling-restart", "time-limits", "memory", "prove", "web-looks", "sabotage"],
  ...["authorisation", "misled-planner", "upgrades", "attack", "siege", "faults-hanging", "web-changes"],
  ...[
    "shares",
    "faults-kill",
    "web",
    "workers",
    "commands",
    "calendar-files",
    "faults-hour",
    "limits",
    "failures",
    "security",
    "sync-view",
    "extension",
    "start",
    "seen",
    "plans",
    "addresses",
    "oidc",
  ],
];

const place = ({ path: file }) => {
  const index = LONGEST.indexOf(path.basename(file).split(".")[0]);
  return index === -1 ? LONGEST.length : index;
};

module.exports = class extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => place(a) - place(b));
  }
};
