CREATE TRIGGER activity_keeps_its_rows BEFORE DELETE ON activity
BEGIN
    SELECT RAISE(ABORT, 'activity is only ever appended');
END;

CREATE TRIGGER activity_keeps_its_words BEFORE UPDATE ON activity
BEGIN
    SELECT RAISE(ABORT, 'activity is only ever appended');
END;
