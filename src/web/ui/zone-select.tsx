// A list of the time zones that the browser knows.
import { useEffect, useState } from "preact/hooks";
import { allZones, zoneName } from "./times";

const FILL_MS = 400;

interface ZoneSelectProps {
  label: string;
  value: string | null;
  /** What no zone is called, where one need not be chosen. */
  none?: string;
  onChange: (zone: string | null) => void;
}

export function ZoneSelect({ label, value, none, onChange }: ZoneSelectProps) {
  const [zones, setZones] = useState<string[]>([]);
  // Some hundreds, which nobody needs to wait for.
  useEffect(() => {
    const soon = setTimeout(() => setZones(allZones()), FILL_MS);
    return () => clearTimeout(soon);
  }, []);
  const known = value === null || zones.includes(value) ? zones : [value, ...zones];
  return (
    <select
      aria-label={label}
      value={value ?? ""}
      onChange={({ currentTarget }) => onChange(currentTarget.value || null)}
    >
      {none !== undefined && <option value="">{none}</option>}
      {known.map((name) => (
        <option key={name} value={name}>
          {name.replaceAll("_", " ")}
          {name === value ? ` (${zoneName(name)})` : ""}
        </option>
      ))}
    </select>
  );
}
