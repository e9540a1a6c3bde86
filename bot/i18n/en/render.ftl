# What `twohander render` prints.

render-engine = engine { $engine }: { $reason }
render-begins = { $waiting ->
    [0] nothing to render: all { $total } shots are there as they are written
   *[other] { $waiting } of { $total } shots to render
}
render-stage = { $shot }: { $stage }
render-flawed = { $shot }: ⚠️ this take is flawed: { $what }. It is rendered once more with another seed.
render-flawed-twice = { $shot }: ⚠️ the second try is flawed too: { $what }. Other words may help more than another seed.
render-clip = { $shot }: { $path } ({ $engine }, seed { $seed }, { $frames } frames)
render-film = film: { $path } ({ $length })
render-subtitles = subtitles: { $path }
render-no-takes = No film: these shots have no take. Change them and give the same command again; what is rendered stays.
render-no-film = No film: the takes could not be put together; --verbose says why. What is rendered stays.
render-no-engine = The renderer does not start: { $reason }
render-no-state = What earlier runs left in { $folder } cannot be used ({ $reason }). Remove that folder to begin anew.
render-stopped = Stopped: { $done } of { $total } shots are rendered. The same command goes on from here.
