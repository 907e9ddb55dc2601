// What holds for the whole organisation.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { ChangeSettingsDocument, type ColleaguesSee, SettingsDocument } from "../api/operations";
import { say } from "../languages/say";
import { useAsked } from "../ui/asked";
import { Refused, refusalText } from "../ui/refused";
import { toast } from "../ui/toasts";

const SEE = [
  [
    "DETAILS",
    say("All of it, unless it is private"),
    say("Subjects, places and guests of every event that is not private."),
  ],
  [
    "BUSY",
    say("That time is taken"),
    say("As if every event were private, for whoever is not in it and was granted nothing."),
  ],
] as const;

export function OrganisationSettings() {
  const { data, problem, again } = useAsked(SettingsDocument, {});
  const [refusal, setRefusal] = useState<string | null>(null);
  async function choose(colleaguesSee: ColleaguesSee): Promise<void> {
    try {
      await ask(ChangeSettingsDocument, { input: { colleaguesSee } });
      toast({ text: say("Saved. It holds from now on.") });
      setRefusal(null);
    } catch (error) {
      setRefusal(refusalText(error));
    }
    await again();
  }
  const organisation = data?.organisation;
  return (
    <section aria-label={say("Organisation")}>
      <Refused text={problem ?? refusal} />
      {organisation && (
        <>
          <p dir="auto">
            {organisation.name}{" "}
            <span class="quiet small">{say("organisation {id}", { id: organisation.id })}</span>
          </p>
          <fieldset class="choices">
            <legend>{say("What colleagues see of events they are not in")}</legend>
            {SEE.map(([value, label, hint]) => (
              <label key={value}>
                <input
                  type="radio"
                  name="colleaguesSee"
                  checked={organisation.colleaguesSee === value}
                  onChange={() => void choose(value)}
                />
                <span>
                  {label}
                  <span class="quiet small">{hint}</span>
                </span>
              </label>
            ))}
          </fieldset>
        </>
      )}
    </section>
  );
}
