import { Column, Entity, PrimaryColumn } from "typeorm";
import { instantColumn, nullableInstantColumn } from "./columns";

/** An event's presence in one calendar, live or removed. Written by triggers only. */
@Entity("calendar_entry")
export class CalendarEntry {
  @PrimaryColumn({ type: "bigint" })
  organisationId: string;

  @PrimaryColumn({ type: "bigint" })
  calendarId: string;

  @PrimaryColumn({ type: "bigint" })
  eventId: string;

  @Column(instantColumn)
  tick: string;

  @Column(nullableInstantColumn)
  removedAt: string | null;

  @Column({ type: "text", nullable: true })
  reason: string | null;

  @Column(instantColumn)
  startTime: string;

  @Column(instantColumn)
  endTime: string;

  /** The access token of the last change; null for plain SQL. */
  @Column({ type: "bigint", nullable: true })
  changedBy: string | null;

  /** The last tick that was not made by `changedBy`. */
  @Column(nullableInstantColumn)
  foreignTick: string | null;
}
