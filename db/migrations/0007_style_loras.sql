-- Style LoRAs by the names that the operator gave them. In an episode, '' leaves the choice to the part around it
-- (shot: scene, scene: episode, episode: none), 'none' chooses none.

ALTER TABLE scenes ADD COLUMN style_lora TEXT NOT NULL DEFAULT '';
ALTER TABLE scene_shots ADD COLUMN style_lora TEXT NOT NULL DEFAULT '';

-- What a shot is rendered with, however often: '' is none, and then the strength says nothing.
ALTER TABLE shots ADD COLUMN style_lora TEXT NOT NULL DEFAULT '';
ALTER TABLE shots ADD COLUMN style_strength REAL NOT NULL DEFAULT 0 CHECK (style_strength >= 0);
