import type { WriterSpec } from '../../../core/processor.ts'
import { SINK_USER } from '../database/database-session.ts'

/**
 * Where the writer's instances write: the last state of each device, and beside it every claim and every write in the
 * order in which the database did them. Writers may only call the two functions, so whatever is checked there is
 * checked. `epoch`: a batch of a writer whose claim is not the newest of its partition is refused and noted; `none`: it
 * is written.
 */
export function writerStatements({ fencing }: WriterSpec): string {
  const refuse =
    fencing === 'none'
      ? ''
      : `
    SELECT epoch INTO newest FROM writer_fences WHERE kafka_partition = p FOR SHARE;
    IF newest IS DISTINCT FROM claimed THEN
      INSERT INTO writer_refusals VALUES (p, claimed, newest, w, jsonb_array_length(records));
      RETURN false;
    END IF;`
  return `
CREATE SEQUENCE writer_arrivals;
CREATE TABLE writer_fences (kafka_partition integer PRIMARY KEY, epoch bigint NOT NULL);
CREATE TABLE writer_claims (arrival bigint, kafka_partition integer, epoch bigint, writer integer);
CREATE TABLE writer_refusals (kafka_partition integer, claimed bigint, newest bigint, writer integer, records integer);
CREATE TABLE device_states (device text PRIMARY KEY, epoch bigint NOT NULL, sequence bigint NOT NULL);
CREATE TABLE device_writes (arrival bigint, kafka_partition integer, kafka_offset bigint, id text, epoch bigint, writer integer);
CREATE FUNCTION claim_partition(p integer, w integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE fresh bigint;
  BEGIN
    INSERT INTO writer_fences AS f VALUES (p, 1)
      ON CONFLICT (kafka_partition) DO UPDATE SET epoch = f.epoch + 1 RETURNING f.epoch INTO fresh;
    INSERT INTO writer_claims VALUES (nextval('writer_arrivals'), p, fresh, w);
    RETURN fresh;
  END $$;
CREATE FUNCTION write_states(p integer, claimed bigint, w integer, records jsonb) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE newest bigint;
  BEGIN${refuse}
    INSERT INTO device_writes
      SELECT nextval('writer_arrivals'), p, r.place, r.id, claimed, w
        FROM jsonb_to_recordset(records) AS r(place bigint, id text) ORDER BY r.place;
    INSERT INTO device_states
      SELECT DISTINCT ON (r.device) r.device, r.epoch, r.sequence
        FROM jsonb_to_recordset(records) AS r(place bigint, device text, epoch bigint, sequence bigint)
        ORDER BY r.device, r.place DESC
      ON CONFLICT (device) DO UPDATE SET epoch = EXCLUDED.epoch, sequence = EXCLUDED.sequence;
    RETURN true;
  END $$;
GRANT EXECUTE ON FUNCTION claim_partition, write_states TO ${SINK_USER};`
}

export const CLAIMS_STATEMENT =
  'SELECT arrival, kafka_partition, epoch, writer FROM writer_claims ORDER BY arrival'
export const WRITES_STATEMENT =
  'SELECT arrival, kafka_partition, kafka_offset, id, epoch, writer FROM device_writes ORDER BY arrival'
export const REFUSALS_STATEMENT =
  'SELECT kafka_partition, claimed, newest, writer, records FROM writer_refusals'
