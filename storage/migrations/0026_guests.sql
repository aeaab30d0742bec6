-- In which zone the guest of a pass lives, where the host said it: times are told in both. How a code is typed, as data:
-- whoever stands at the door asks.

ALTER TABLE passes ADD COLUMN zone TEXT;
ALTER TABLE pins ADD COLUMN note TEXT;
