import type { Migration } from '../../runtime/database/migrations.js';

/**
 * The tables of the record. What says something about a person is in columns of type bytea that end in `sealed`
 * (AES-256-GCM) or `index` (HMAC); the rest is random identifiers, times, states and accounts of staff. `sequence` orders
 * lists and is what cursors hold.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'record',
    statements: [
      // One row: a known value, sealed, so that a start with another key is refused before anything is written.
      `create table data_key (
        only_row boolean primary key default true check (only_row),
        proof_sealed bytea not null
      )`,
      `create table patient (
        id uuid primary key,
        sequence bigint generated always as identity unique,
        registered_at timestamptz not null,
        record_sealed bytea not null,
        national_identifier_index bytea constraint patient_national_identifier unique,
        birth_date_index bytea not null
      )`,
      'create index on patient (birth_date_index)',
      `create table patient_name (
        prefix_index bytea not null,
        patient_id uuid not null references patient,
        primary key (prefix_index, patient_id)
      )`,
      `create table imaging_study (
        id uuid primary key,
        sequence bigint generated always as identity unique,
        patient_id uuid not null references patient,
        started timestamptz not null,
        image_sealed bytea not null
      )`,
      'create index on imaging_study (patient_id, sequence desc)',
      `create table diagnostic_report (
        id uuid primary key,
        sequence bigint generated always as identity unique,
        patient_id uuid not null references patient,
        imaging_study_id uuid not null references imaging_study,
        status text not null check (status in ('REGISTERED', 'PRELIMINARY', 'FINAL', 'CANCELLED')),
        requested_at timestamptz not null,
        updated_at timestamptz not null,
        conclusion_sealed bytea,
        results_interpreter text,
        signed_at timestamptz
      )`,
      'create index on diagnostic_report (patient_id, sequence desc)',
      'create index on diagnostic_report (imaging_study_id, sequence desc)',
      'create index on diagnostic_report (status, sequence desc)',
      // At most one open report a study, whoever asks at the same time.
      `create unique index diagnostic_report_open on diagnostic_report (imaging_study_id)
        where status in ('REGISTERED', 'PRELIMINARY')`,
      `create table observation (
        diagnostic_report_id uuid primary key references diagnostic_report,
        content_sealed bytea not null
      )`,
      `create table task (
        diagnostic_report_id uuid primary key references diagnostic_report,
        status text not null check (status in ('REQUESTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED')),
        attempts integer not null default 0,
        run_after timestamptz not null,
        lease uuid,
        leased_until timestamptz,
        failure_code text,
        failure_reason text,
        check ((status = 'IN_PROGRESS') = (lease is not null and leased_until is not null))
      )`,
      `create index on task (run_after) where status in ('REQUESTED', 'IN_PROGRESS')`,
      `create table communication (
        id uuid primary key,
        sequence bigint generated always as identity unique,
        topic text not null check (topic in ('REPORT_PRELIMINARY', 'DIAGNOSIS_FAILED')),
        sent timestamptz not null,
        recipient_roles text[] not null,
        diagnostic_report_id uuid not null references diagnostic_report,
        acknowledged_at timestamptz,
        acknowledged_by text
      )`,
      'create index on communication (sequence desc) where acknowledged_at is null',
    ],
  },
  {
    name: 'audit trail',
    statements: [
      `create table audit_event (
        id uuid primary key,
        sequence bigint generated always as identity unique,
        recorded timestamptz not null,
        action text not null check (action in ('CREATE', 'READ', 'UPDATE', 'DELETE', 'EXECUTE')),
        operation text not null,
        agent text not null,
        roles text[] not null,
        entities text[] not null,
        patient_id uuid,
        outcome text not null check (outcome in ('SUCCESS', 'REFUSED', 'FAILURE')),
        outcome_code text,
        attestation_result text
      )`,
      'create index on audit_event using gin (entities)',
      'create index on audit_event (patient_id, sequence desc)',
      `create function refuse_change() returns trigger language plpgsql as $$
        begin
          raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
        end
      $$`,
      `create trigger audit_event_is_append_only before update or delete on audit_event
        for each row execute function refuse_change()`,
      `create trigger audit_event_is_not_emptied before truncate on audit_event
        for each statement execute function refuse_change()`,
    ],
  },
];
