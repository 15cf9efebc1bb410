-- One mart, for the days asked for: out with the old lines, in with the new.
DELETE FROM {mart} m USING scope_days s WHERE m.vendor_code = s.vendor_code AND m.local_date = s.local_date;

INSERT INTO {mart} BY NAME
{select};
