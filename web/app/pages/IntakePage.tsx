import { useRef, useState, type SubmitEvent } from 'react';
import { useNavigate } from 'react-router';
import { REGISTER_PATIENT } from '../../api/operations.js';
import { useAction } from '../../api/useAction.js';
import { Refusals } from '../../components/Refusals.js';
import {
  GENDERS,
  INTAKE,
  fieldErrors,
  fieldNamed,
  intakeErrors,
  registerPatientInput,
  type IntakeErrors,
  type IntakeField,
} from '../../intake/fields.js';
import { Button, LinkButton } from '../../ui/Button.js';
import { Field, type ControlProps } from '../../ui/Field.js';
import { Page } from '../../ui/Page.js';
import { page } from '../urls.js';

export function IntakePage() {
  const navigate = useNavigate();
  const register = useAction(REGISTER_PATIENT);
  const [found, setFound] = useState<IntakeErrors>({});
  const summary = useRef<HTMLDivElement>(null);

  async function onSubmit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const entered = [...new FormData(event.currentTarget)].map(([name, value]) => [
      name,
      typeof value === 'string' ? value : '',
    ]);
    const values = Object.fromEntries(entered) as Record<string, string>;
    const problems = intakeErrors(values, new Date().toISOString().slice(0, 10));
    setFound(problems);
    if (Object.keys(problems).length > 0) {
      requestAnimationFrame(() => summary.current?.focus());
      return;
    }
    const patient = (await register.run({ input: registerPatientInput(values) }))?.registerPatient;
    if (patient != null) void navigate(page.patient(patient.id), { replace: true });
  }

  const refused = register.refusals.map((refusal) => fieldErrors(refusal.message));
  const errors = Object.assign({}, found, ...refused) as IntakeErrors;
  const elsewhere = register.refusals.filter(({ message }) => Object.keys(fieldErrors(message)).length === 0);
  const names = Object.keys(errors);
  return (
    <Page title="Register a patient" lead="Fields without a mark may stay empty.">
      <form className="intake" onSubmit={(event) => void onSubmit(event)} noValidate autoComplete="off">
        {names.length > 0 && (
          <div ref={summary} className="error-summary" role="alert" tabIndex={-1}>
            <h2>
              {names.length === 1 ? 'One field needs your attention' : `${names.length} fields need your attention`}
            </h2>
            <ul>
              {names.map((name) => (
                <li key={name}>
                  <a href={`#${name}`} onClick={(event) => focusField(event, name)}>
                    {fieldNamed(name)?.label}: {errors[name]}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        )}
        <Refusals refusals={elsewhere} />
        {INTAKE.map((group) => (
          <fieldset key={group.title} className="card">
            <legend>{group.title}</legend>
            <div className="fields">
              {group.fields.map((field) => (
                <Field
                  key={field.name}
                  id={field.name}
                  label={field.label}
                  required={field.required === true}
                  {...(field.hint === undefined ? {} : { hint: field.hint })}
                  error={errors[field.name]}
                >
                  {(control) => <Control field={field} control={control} />}
                </Field>
              ))}
            </div>
          </fieldset>
        ))}
        <div className="row">
          <Button type="submit" look="primary" icon="check" busy={register.busy}>
            Register the patient
          </Button>
          <LinkButton to={page.patients()} look="quiet">
            Cancel
          </LinkButton>
        </div>
      </form>
    </Page>
  );
}

function Control({ field, control }: { field: IntakeField; control: ControlProps }) {
  if (field.kind === 'lines') return <textarea {...control} rows={3} />;
  if (field.kind === 'gender') {
    return (
      <select {...control} defaultValue="">
        <option value="">Not stated</option>
        {GENDERS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  return <input {...control} type={field.kind} autoComplete="off" />;
}

function focusField(event: { preventDefault: () => void }, name: string): void {
  event.preventDefault();
  document.getElementById(name)?.focus();
}
