-- What the models' calls of all the thread's runs came to: tokens `input`, `cached` (a part of input) and `output`, and
-- `dollars` where the models' prices are known.

ALTER TABLE threads ADD COLUMN usage jsonb NOT NULL DEFAULT '{}';
