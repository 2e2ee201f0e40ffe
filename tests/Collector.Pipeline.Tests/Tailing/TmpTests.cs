using Xunit;
namespace Collector.Pipeline.Tests.Tailing;
public class TmpTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(1008)]
    [InlineData(5184)]
    public void Tmp(int seed)
    {
        var model = new FileModel(seed);
        var tail = (TailHarness)typeof(TailModel).GetProperty("Tail", System.Reflection.BindingFlags.NonPublic|System.Reflection.BindingFlags.Instance)!.GetValue(model)!;
        var trace = (System.Collections.Generic.List<string>)typeof(TailModel).GetField("_trace", System.Reflection.BindingFlags.NonPublic|System.Reflection.BindingFlags.Instance)!.GetValue(model)!;
        var seen = 0; string bad = "";
        for (var i = 0; i < 60; i++) { model.Step(); for (; seen < trace.Count; seen++) { _out.Add("-- " + trace[seen]); } Dump(tail, "");
          }
        try { model.Check(); } catch (System.Exception e) { bad = e.Message; }
        System.IO.File.WriteAllText($"/tmp/tmp-{seed}.txt", bad + "\n" + string.Join("\n", _out) + "\nLOG\n" + string.Join("\n", tail.Log.Lines.Select(l => l.Message)));
        Assert.Equal("", bad);
    }
    private readonly System.Collections.Generic.List<string> _out = [];
    private void Dump(TailHarness t, string w)
    {
        foreach (var f in System.IO.Directory.GetFiles(t.Node.Files).Order()) _out.Add($"      {System.IO.Path.GetFileName(f)} {Special.Inode(f)} {new System.IO.FileInfo(f).Length}");
        try {
        foreach (var c in t.Worker.Chains) { _out.Add($"{w}: {c.Key} settled={c.Folder.IsSettled} undecided={c.Folder.IsUndecided} turn={c.LastTurn} fail={c.Failures} cursors={c.Cursors.Count} detached={c.Detached.Count}");
          foreach (var g in c.Generations) _out.Add($"   {g.Identity.Ordinal:x} ino={g.Identity.Inode} name={g.Name?.Name} size={g.Size} pos={g.Position} lost={g.HasLostBytes} ended={g.HasEnded} gz={g.IsGzip} file={g.File!=null} links={g.Links} dig={g.Digest.End} guard={g.GuardAt}");
          foreach (var k in c.Cursors) _out.Add($"   cursor at {k.Generation.Identity.Ordinal:x}:{k.Offset}"); } } catch (System.Exception e) { _out.Add(e.Message); }
    }
}
