using Collector.Pipeline.Buffer;

namespace Collector.Pipeline.Tests.Buffer.Model;

/// <summary>
/// The upload of FORMAT.md, one step at a time: mark attempted, send, fold, delete. Several objects may be between two steps.
/// </summary>
internal sealed class ModelUploads(OutputBuffer buffer, ModelStore store) : IDisposable
{
    private const int Parallel = 3;
    private readonly List<Upload> _inFlight = [];

    private enum Step
    {
        Mark,
        Send,
        Fold,
        Delete,
    }

    public int InFlight => _inFlight.Count;

    /// <summary>Goes one step with any of the objects in flight, or takes one more; false when there is none.</summary>
    public bool Advance(Random random, bool healthy)
    {
        if (_inFlight.Count < Parallel && random.Next(2) == 0 && buffer.Backlog.TakeForUpload() is { } item)
        {
            if (_inFlight.Exists(other => other.Item.Prefix == item.Prefix))
            {
                throw new ModelException($"two objects of {item.Prefix} are in flight");
            }

            _inFlight.Add(new Upload(item));
        }

        if (_inFlight.Count == 0)
        {
            return buffer.Backlog.Count > buffer.Backlog.ClosedCount;
        }

        var upload = _inFlight[random.Next(_inFlight.Count)];
        if (upload.Next == Step.Send && !healthy && random.Next(3) == 0)
        {
            Fail(upload, stored: random.Next(2) == 0);
        }
        else
        {
            Go(upload);
        }

        return true;
    }

    public void Dispose() => _inFlight.Clear();

    private void Go(Upload upload)
    {
        switch (upload.Next)
        {
            case Step.Mark:
                Mark(upload);
                break;
            case Step.Send:
                Send(upload);
                break;
            case Step.Fold:
                buffer.Positions.Fold(upload.Item.Seq, upload.Item.OpenedAt, upload.Header!.Coverage);
                store.Folded(upload.Header);
                break;
            default:
                Delete(upload);
                return;
        }

        upload.Next++;
    }

    private void Mark(Upload upload)
    {
        using (var file = buffer.Directory.Open(upload.Item.FileName))
        {
            upload.Header = ObjectHeader.Read(file, upload.Item.FileName) ?? throw new ModelException($"{upload.Item.FileName} is no object");
            if (!ObjectFile.BodyChecks(file, upload.Item.FileName, upload.Header))
            {
                throw new ModelException($"I2: the body of {upload.Item.FileName} does not check");
            }
        }

        upload.WasAttempted |= upload.Item.Attempted;
        if (!upload.Item.Attempted)
        {
            buffer.Directory.Rename(upload.Item.FileName, FileNames.Format(upload.Item.Seq, FileState.Attempted));
            upload.Item.Attempted = true;
        }

        buffer.Directory.Sync();
    }

    private void Send(Upload upload)
    {
        var header = upload.Header!;
        using var body = SealedBody.Open(buffer.Directory.Open(upload.Item.FileName), header);
        var bytes = new byte[header.BodyLength];
        body.ReadExactly(bytes);
        store.Put(header, bytes, upload.WasAttempted);
    }

    private void Delete(Upload upload)
    {
        var item = upload.Item;
        ObjectFile.Remove(buffer.Directory, item.FileName, upload.Header!.FromReserve);
        buffer.Space.Add(-item.FileBytes);
        buffer.Backlog.Remove(item);
        buffer.Book.Uploaded(item.Records, item.FileBytes, upload.Header.BodyLength);
        _inFlight.Remove(upload);
    }

    /// <summary>The store does not answer, and has the object or not: it is tried again later.</summary>
    private void Fail(Upload upload, bool stored)
    {
        if (stored)
        {
            Send(upload);
        }

        _inFlight.Remove(upload);
        buffer.Backlog.Return(upload.Item);
    }

    private sealed class Upload(BacklogItem item)
    {
        public BacklogItem Item { get; } = item;

        public ObjectHeader? Header { get; set; }

        /// <summary>By an earlier taking: the store may have it.</summary>
        public bool WasAttempted { get; set; }

        public Step Next { get; set; }
    }
}
