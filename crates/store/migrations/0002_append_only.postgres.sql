CREATE FUNCTION activity_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'activity is only ever appended';
END
$$;

CREATE TRIGGER activity_keeps_its_rows BEFORE UPDATE OR DELETE ON activity
FOR EACH ROW EXECUTE FUNCTION activity_is_append_only();

CREATE TRIGGER activity_keeps_all BEFORE TRUNCATE ON activity
FOR EACH STATEMENT EXECUTE FUNCTION activity_is_append_only();
