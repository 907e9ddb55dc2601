// The answer of somebody without an account to a whole series, as a calendar file tells it.
import { isDeepStrictEqual } from "node:util";
import type { CalendarRef, Context } from "../context";
import { selectRow } from "../database/rows";
import { textRow } from "../database/text-rows";
import type { Attendee } from "../entities/event";
import { writing } from "../event/batch-turns";
import { addressKey } from "../values/address-key";
import { SERIES, stateOf, updateSeries, writeAsSeries, type Template } from "./stored";

/**
 * What somebody without an account has answered to a whole series: its occurrences to come say so too. The calendars whose files
 * tell of the series hear of it, be it that no occurrence says anything new.
 */
export async function noteAnswer(
  ctx: Context,
  calendar: CalendarRef,
  seriesId: string,
  { emailAddress, status }: { emailAddress: string; status: Attendee["status"] },
): Promise<void> {
  await writing(ctx, calendar, async (tx) => {
    const { organisationId, tokenId } = ctx.caller;
    await textRow(tx.client, { text: "select begin_write($1, $2)", values: [organisationId, tokenId] });
    const held = [organisationId, calendar.userId, seriesId];
    await textRow(tx.client, { text: "select lock_calendars_of_series($1, $2, $3)", values: held });
    const row = await selectRow(tx.client, SERIES, {
      text: `
        select ${SERIES.list} from series s
        where s.organisation_id = $1 and s.id = $2 and s.owner_id = $3 for no key update`,
      values: [organisationId, seriesId, calendar.userId],
    });
    if (!row) return;
    const state = stateOf(row);
    const { content } = state;
    const key = addressKey(emailAddress);
    const attendees = content.attendees.map((one) =>
      one.emailAddress !== null && addressKey(one.emailAddress) === key && !isOwnAnswer(content, one)
        ? { ...one, status }
        : one,
    );
    if (isDeepStrictEqual(attendees, content.attendees)) return;
    const after = { ...state, content: { ...content, attendees } };
    await writeAsSeries(tx.client, [seriesId]);
    await updateSeries(tx.client, organisationId, seriesId, after);
  });
}

const isOwnAnswer = ({ ownAnswers }: Template, { userId }: Attendee): boolean =>
  userId !== null && ownAnswers?.[userId] !== undefined;
