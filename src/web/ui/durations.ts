import { many, say } from "../languages/say";

/** Such as "12 s ago", "5 min ago" or "2 days ago": in other languages the days are not those of a duration. */
export function agoText(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  return days < 2
    ? say("{duration} ago", { duration: durationText(ms) })
    : many(days, "{count} day ago", "{count} days ago");
}

/** Such as "12 s", "5 min", "3 h" or "2 days". */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return say("{count} s", { count: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say("{count} min", { count: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return say("{count} h", { count: hours });
  return many(Math.floor(hours / 24), "{count} day", "{count} days");
}
