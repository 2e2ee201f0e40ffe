namespace Collector.Pipeline.Tests.Tailing;

/// <summary>One <c>file</c> source's log under logrotate: moved, copied and truncated, compressed, deleted, made again.</summary>
internal sealed class FileModel : TailModel
{
    /// <summary>So long that a file's copy can be told by its first line.</summary>
    private static readonly string s_long = new('.', 70);

    private readonly List<(NodeFile File, HashSet<string> Lines)> _old = [];
    private readonly List<string> _written = [];
    private HashSet<string> _lines = [];
    private NodeFile _live;
    private string _half = "";
    private int _next;
    private int _rotation;

    private readonly bool _isNumbered;

    /// <param name="seed">Of everything.</param>
    /// <param name="isNumbered">Rotated files have numbers, and all of them move up at a rotation; else they have dates.</param>
    public FileModel(int seed, bool isNumbered)
        : base(seed, TailOptions.Files())
    {
        _live = Tail.File("files/app.log");
        _isNumbered = isNumbered;
    }

    public override void Step()
    {
        if (Random.Next(3) == 0)
        {
            StepCollector();
            return;
        }

        switch (Random.Next(16))
        {
            case < 8:
                Write();
                break;
            case < 10:
                Move();
                break;
            case 10:
                CopyTruncate();
                break;
            case 11:
                Gzip();
                break;
            case 12:
                DeleteOldest();
                break;
            case 13:
                Halve();
                break;
            default:
                if (Random.Next(3) == 0)
                {
                    Recreate();
                }

                break;
        }
    }

    /// <summary>A file whose base is nowhere is not looked for.</summary>
    protected override void Settle()
    {
        EndLine();
        _live.Append("");
    }

    protected override void Compare(StoredRecords stored)
    {
        AssertSame("files", _written, stored.Logs);
    }

    private void Write()
    {
        var count = Random.Next(1, 5);
        Note($"write {count}");
        EndLine();
        for (var i = 0; i < count; i++)
        {
            Take($"{_next++}{s_long}");
        }
    }

    private void Take(string text)
    {
        _live.Lines(text);
        _written.Add(text);
        _lines.Add(text);
    }

    /// <summary>Half a line, ended before anybody can take it for a whole one.</summary>
    private void Halve()
    {
        EndLine();
        var text = $"{_next++}{s_long}";
        Note("half a line");
        _live.Append(text[..10]);
        _half = text[10..] + "\n";
        IfUp(Tail.Run);
        _written.Add(text);
        _lines.Add(text);
        EndLine();
    }

    private void EndLine()
    {
        if (_half.Length > 0)
        {
            _live.Append(_half);
            _half = "";
        }
    }

    private void Move()
    {
        if (!File.Exists(_live.FilePath))
        {
            return;
        }

        Note("move");
        _live.Rename(NextName());
        Retire(_live);
        _live = Tail.File("files/app.log");
        if (Random.Next(2) == 0)
        {
            _live.Append("");
        }
    }

    private void CopyTruncate()
    {
        if (!File.Exists(_live.FilePath))
        {
            return;
        }

        Note("copytruncate");
        var copy = _live.Copy(NextName());
        if (Random.Next(2) == 0)
        {
            IfUp(Tail.Run);
        }

        _live.Truncate();
        Retire(copy);
    }

    private void Gzip()
    {
        var which = _old.FindIndex(o => !o.File.Name.EndsWith(".gz", StringComparison.Ordinal));
        if (which >= 0)
        {
            Note($"gzip {_old[which].File.Name}");
            _old[which] = (_old[which].File.Gzip(), _old[which].Lines);
        }
    }

    private void DeleteOldest()
    {
        if (_old.Count > 0)
        {
            Note($"delete {_old[0].File.Name}");
            MayBeLost.UnionWith(_old[0].Lines);
            _old[0].File.Delete();
            _old.RemoveAt(0);
        }
    }

    private void Recreate()
    {
        if (!File.Exists(_live.FilePath))
        {
            return;
        }

        Note("delete and recreate");
        MayBeLost.UnionWith(_lines);
        _live.Delete();
        _lines = [];
        Write();
    }

    private void Retire(NodeFile file)
    {
        _old.Add((file, _lines));
        _lines = [];
    }

    private string NextName()
    {
        if (!_isNumbered)
        {
            return $"app.log-{20261101 + _rotation++}";
        }

        for (var i = 0; i < _old.Count; i++)
        {
            var ending = _old[i].File.Name.EndsWith(".gz", StringComparison.Ordinal) ? ".gz" : "";
            _old[i].File.Rename($"app.log.{_old.Count - i + 1}{ending}");
        }

        return "app.log.1";
    }
}
