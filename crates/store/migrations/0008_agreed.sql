-- What was agreed also says what a plan and a license of it are, whatever the catalog says later. Orders from before
-- take what it says now.
ALTER TABLE order_lines ADD COLUMN plan_description TEXT NOT NULL DEFAULT '';
ALTER TABLE order_lines ADD COLUMN license_means TEXT NOT NULL DEFAULT '';

UPDATE order_lines
SET plan_description = (SELECT p.description FROM plans p WHERE p.id = order_lines.plan_id),
    license_means = (SELECT p.license_means FROM plans p WHERE p.id = order_lines.plan_id);
