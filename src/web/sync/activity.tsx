// A small plot of the last hours: changes of the calendar above, polls of its clients below, each on a scale of its own.
import { many, say } from "../languages/say";
import { timeText } from "../ui/times";
import { HOURS, hours, type Step, zone } from "./state";

const WIDTH = 1_000;
const LANE = 64;
const GAP = 22;
const FOOT = 20;
const STEP_MS = 300_000;
const TICKS: Record<number, number> = { 1: 15, 6: 60, 24: 240 };

const TOLD = {
  changes: (count: number) => many(count, "{count} change", "{count} changes"),
  polls: (count: number) => many(count, "{count} poll", "{count} polls"),
  refused: (count: number) => many(count, "{count} refused", "{count} refused|several"),
};

export function Activity({ steps, now }: { steps: readonly Step[]; now: string }) {
  const sum = (name: "polls" | "changes" | "refused"): number =>
    steps.reduce((all, step) => all + step[name], 0);
  const told = {
    changes: TOLD.changes(sum("changes")),
    polls: TOLD.polls(sum("polls")),
    refused: TOLD.refused(sum("refused")),
  };
  return (
    <section aria-labelledby="activity-title">
      <div class="section-head">
        <h2 id="activity-title">{say("Changes and polls")}</h2>
        <div class="segments" role="group" aria-label={say("How far back")}>
          {HOURS.map((count) => (
            <button
              type="button"
              key={count}
              aria-pressed={hours.value === count}
              onClick={() => (hours.value = count)}
            >
              {say("{count} h", { count })}
            </button>
          ))}
        </div>
      </div>
      <figure class="plot">
        <svg
          viewBox={`0 0 ${WIDTH} ${2 * LANE + GAP + FOOT}`}
          role="img"
          aria-label={say("Since {time}: {changes}, {polls}, {refused}.", {
            time: timeText(steps[0]?.startAt ?? now, zone.value),
            ...told,
          })}
        >
          <Ticks steps={steps} />
          <Lane steps={steps} top={0} bars={[["changes", "changes"]]} />
          <Lane
            steps={steps}
            top={LANE + GAP}
            bars={[
              ["polls", "polls"],
              ["refused", "refused"],
            ]}
          />
        </svg>
        <figcaption class="quiet small">
          <span class="key changes">{told.changes}</span>
          <span class="key polls">{told.polls}</span>
          <span class="key refused">{told.refused}</span>
          <span>{say("five minutes a bar; an event counts once, at its latest change")}</span>
        </figcaption>
      </figure>
    </section>
  );
}

interface LaneProps {
  steps: readonly Step[];
  top: number;
  bars: readonly (readonly ["polls" | "changes" | "refused", string])[];
}

function Lane({ steps, top, bars }: LaneProps) {
  const most = Math.max(1, ...steps.flatMap((step) => bars.map(([name]) => step[name])));
  const some = steps.some((step) => bars.some(([name]) => step[name] > 0));
  const width = WIDTH / Math.max(1, steps.length);
  return (
    <g>
      <line class="base" x1={0} x2={WIDTH} y1={top + LANE} y2={top + LANE} />
      {some && (
        <text class="scale" x={0} y={top + 11}>
          {most}
        </text>
      )}
      {steps.map((step, index) =>
        bars.map(([name, kind]) => {
          if (step[name] === 0) return null;
          const height = Math.max(2, (step[name] / most) * LANE);
          return (
            <rect
              key={`${kind}${step.startAt}`}
              class={kind}
              x={index * width + width * 0.12}
              width={width * 0.76}
              y={top + LANE - height}
              height={height}
            >
              <title>{`${timeText(step.startAt, zone.value)}: ${TOLD[name](step[name])}`}</title>
            </rect>
          );
        }),
      )}
    </g>
  );
}

/** Round times of the reader's clock; an offset from UTC may be of half an hour. */
function Ticks({ steps }: { steps: readonly Step[] }) {
  const every = (TICKS[hours.value] ?? 60) * 60_000;
  const width = WIDTH / Math.max(1, steps.length);
  const bottom = 2 * LANE + GAP;
  return (
    <g>
      {steps.map(({ startAt }, index) => {
        if (Date.parse(startAt) % every >= STEP_MS || index < 2 || index > steps.length - 3) return null;
        const x = index * width;
        return (
          <g key={startAt}>
            <line class="tick" x1={x} x2={x} y1={0} y2={bottom} />
            <text class="scale" x={x} y={bottom + 14} text-anchor="middle">
              {timeText(startAt, zone.value)}
            </text>
          </g>
        );
      })}
    </g>
  );
}
