// The laws of values, in this process and in processes of other time zones.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { LAWS } from "../support/value-laws";

test.each(Object.keys(LAWS))("%s", (name) => {
  LAWS[name]?.();
});

test("the zone of the process has no say: the laws of time hold under other TZs too", async () => {
  const script = join(__dirname, "../support/value-laws.ts");
  const zones = ["Asia/Kolkata", "America/St_Johns"];
  const said = await Promise.all(
    zones.map((zone) =>
      promisify(execFile)(process.execPath, ["-r", "@swc-node/register", script], {
        env: { ...process.env, TZ: zone },
        cwd: join(__dirname, "../.."),
      }),
    ),
  );
  // ICU calls Kolkata by its old name.
  expect(said[0]?.stdout).toMatch(/^6 laws hold in Asia\/(Kolkata|Calcutta)\n$/);
  expect(said[1]?.stdout).toBe("6 laws hold in America/St_Johns\n");
});
