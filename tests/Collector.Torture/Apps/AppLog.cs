using System.IO.Compression;
using Collector.Testing.Node;

namespace Collector.Torture.Apps;

/// <summary>One generation of an application's file that was put aside.</summary>
internal sealed record PutAside(string Path, uint First)
{
    /// <summary>Behind its last record.</summary>
    public uint End { get; set; }

    public bool IsCompressed => Path.EndsWith(".gz", StringComparison.Ordinal);
}

/// <summary>The log of one application, and what rotators and people can do to it. What would lose a line that is not stored is not done.</summary>
/// <param name="isStored">Whether every output that is to have them has the records from one on, up to another.</param>
internal sealed class AppLog(string directory, LedgerWriter writer, AppLines lines, Func<LedgerWriter, uint, uint, bool> isStored) : IDisposable
{
    private readonly List<PutAside> _aside = [];
    private readonly List<byte[]> _held = [];
    private FileStream? _file;
    private uint _first;

    // Of a file that was renamed and is still written to.
    private PutAside? _behind;

    public string Live { get; } = Path.Combine(directory, writer.Identity.Container + ".log");

    public string Directory => directory;

    public string Stem => writer.Identity.Container;

    public IReadOnlyList<PutAside> Aside => _aside;

    /// <summary>Lines in the live file.</summary>
    public int Lines => _held.Count;

    /// <summary>The application has the live file open, and no other.</summary>
    public bool IsOpen => _file is not null && _behind is null;

    /// <summary>The collector knows the live file: under a name that nobody asked for, only a known one is its.</summary>
    public bool IsKnown => Lines > 0 && isStored(writer, _first, _first + 1);

    public bool IsStored => isStored(writer, _first, writer.Stdout.Records);

    public void Write(int count)
    {
        _file ??= Open();
        for (int i = 0; i < count; i++)
        {
            byte[] line = lines.Next(writer.Stdout.Records++);
            _file.Write(line);
            if (_behind is null) _held.Add(line);
            else _behind.End = writer.Stdout.Records;
        }
    }

    /// <summary>Renames the live file. False: what the name has now would be lost.</summary>
    /// <param name="goesOn">The application goes on writing to it, until <see cref="Reopen"/>.</param>
    public bool TryRename(string path, bool goesOn)
    {
        if (_behind is not null || !File.Exists(Live) || !TryFree(path)) return false;
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(Live, path, overwrite: true);
        var aside = new PutAside(path, _first) { End = writer.Stdout.Records };
        _aside.Add(aside);
        _behind = aside;
        _held.Clear();
        if (!goesOn) Reopen();
        return true;
    }

    /// <summary>The application closes its file, and opens the live one with its next line.</summary>
    public void Reopen()
    {
        Dispose();
        if (_behind is not null) (_behind, _first) = (null, writer.Stdout.Records);
    }

    /// <summary>Moves every <c>base.N</c> up by one: the name of the first is free then.</summary>
    public void ShiftNumbers(Func<int, string> name)
    {
        for (int n = _aside.Count + 1; n > 0; n--)
        {
            foreach (string ending in (string[])["", ".gz"])
            {
                int i = _aside.FindIndex(a => a.Path == name(n) + ending);
                if (i < 0) continue;
                File.Move(name(n) + ending, name(n + 1) + ending);
                _aside[i] = _aside[i] with { Path = name(n + 1) + ending };
                if (_behind?.First == _aside[i].First) _behind = _aside[i];
            }
        }
    }

    public bool TryCopyAndTruncate(string path)
    {
        if (!IsOpen || !TryFree(path)) return false;
        File.Copy(Live, path);
        _aside.Add(new PutAside(path, _first) { End = writer.Stdout.Records });
        Empty();
        return true;
    }

    /// <summary><c>&gt; file</c>, once all of it is stored.</summary>
    public bool TryTruncate()
    {
        if (_file is null || !IsStored) return false;
        Empty();
        return true;
    }

    /// <summary><c>cp -a</c>: a copy with the same times, under a name that nobody asked for.</summary>
    public void Backup(string path)
    {
        if (!File.Exists(Live)) return;
        File.Copy(Live, path, overwrite: true);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(Live));
    }

    /// <summary><c>sed -i</c> that changes every line, once all of them are stored: another inode with other lines under the live name.</summary>
    public bool TryEdit()
    {
        if (_file is null || !IsStored) return false;
        string temporary = Path.Combine(directory, "sedXq3f9b");
        _first = writer.Stdout.Records;
        for (int i = 0; i < _held.Count; i++) _held[i] = lines.Again(_held[i], writer.Stdout.Records++);
        File.WriteAllBytes(temporary, [.. _held.SelectMany(l => l)]);
        File.Move(temporary, Live, overwrite: true);
        Dispose();
        return true;
    }

    /// <summary>The oldest that is not compressed yet becomes <c>x.gz</c>, as gzip does it: beside it, and then it is deleted.</summary>
    public bool TryCompress(bool keepsNewest)
    {
        int i = _aside.FindIndex(a => !a.IsCompressed && a != _behind);
        if (i < 0 || (keepsNewest && i == _aside.Count - 1)) return false;
        string plain = _aside[i].Path, packed = plain + ".gz";
        byte[] bytes = File.ReadAllBytes(plain);
        using (var gzip = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
        {
            gzip.Write(bytes.AsSpan(0, bytes.Length / 2));
            gzip.Flush();
            Thread.Sleep(1);
            gzip.Write(bytes.AsSpan(bytes.Length / 2));
        }

        File.Delete(plain);
        _aside[i] = _aside[i] with { Path = packed };
        return true;
    }

    /// <summary>Deletes the oldest of more than so many, once it is stored.</summary>
    public bool TryDeleteOldest(int kept)
    {
        if (_aside.Count <= kept || _aside[0] == _behind || !isStored(writer, _aside[0].First, _aside[0].End)) return false;
        File.Delete(_aside[0].Path);
        _aside.RemoveAt(0);
        return true;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    // Unbuffered: each line is one write().
    private FileStream Open()
    {
        var file = new FileStream(Live, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    private void Empty()
    {
        _file!.SetLength(0);
        _file.Position = 0;
        _first = writer.Stdout.Records;
        _held.Clear();
    }

    // Its compressed form comes beside it later, and must not take the place of another's.
    private bool TryFree(string path) => TryFreeOne(path) && TryFreeOne(path + ".gz");

    private bool TryFreeOne(string path)
    {
        int i = _aside.FindIndex(a => a.Path == path);
        if (i < 0) return !File.Exists(path);
        if (!isStored(writer, _aside[i].First, _aside[i].End)) return false;
        _aside.RemoveAt(i);
        return true;
    }
}
