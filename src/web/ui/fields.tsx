// Fields of forms: a label above what is entered.
interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What stands below it, for whoever does not know what to enter. */
  hint?: string;
  type?: "text" | "email" | "url" | "number" | "datetime-local" | "search";
  required?: boolean;
}

export const TextField = ({ label, value, onChange, hint, type = "text", required }: TextFieldProps) => (
  <label class="field">
    <span>{label}</span>
    <input
      type={type}
      value={value}
      required={required}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
    {hint !== undefined && <small class="quiet">{hint}</small>}
  </label>
);

interface ChoiceFieldProps {
  label: string;
  value: string;
  choices: readonly (readonly [value: string, label: string])[];
  onChange: (value: string) => void;
}

export const ChoiceField = ({ label, value, choices, onChange }: ChoiceFieldProps) => (
  <label class="field">
    <span>{label}</span>
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      {choices.map(([each, name]) => (
        <option key={each} value={each}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
