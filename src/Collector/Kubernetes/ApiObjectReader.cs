using System.Text.Json;

namespace Collector.Kubernetes;

/// <summary>What a list answered besides its items.</summary>
internal readonly record struct ListPage(string ResourceVersion, string Continue);

/// <summary>
/// Reads answers of the API, keeping only what is used. Field names are those of the core/v1 reference
/// (kubernetes.io/docs/reference/kubernetes-api); unknown ones are skipped, whatever is in them.
/// </summary>
internal sealed class ApiObjectReader(JsonTokens json, Func<string, bool> keepsAnnotation, CancellationToken cancellation)
{
    /// <summary>Longer values of annotations and labels are left out, and so are those beyond the sum, counted with their names: they would stand in every record (I7).</summary>
    private const int LongestValue = 16 * 1024;
    private const int LongestSum = 64 * 1024;

    /// <summary>No object's name is longer (a DNS subdomain's limit), but the server does not look at the names of owners.</summary>
    private const int LongestName = 253;

    private readonly PodReader _pods = new(json, cancellation);

    /// <summary>Reads a list; <paramref name="add"/> is given each item.</summary>
    public async ValueTask<ListPage> ReadListAsync(Action<ApiObject> add)
    {
        var page = default(ListPage);
        if (!await json.EnterAsync(JsonTokenType.StartObject, cancellation))
        {
            throw new JsonException("the answer is no object");
        }

        while (await json.NextAsync(cancellation))
        {
            if (json.Is("metadata"u8) && await EnterAsync())
            {
                page = await ReadPageAsync();
            }
            else if (json.Is("items"u8) && await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                while (await json.NextAsync(cancellation))
                {
                    add(await ReadObjectAsync());
                }
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return page;
    }

    /// <summary>Reads one event of a watch; null when the stream has ended between two of them.</summary>
    public async ValueTask<(string Type, ApiObject Object)?> ReadEventAsync()
    {
        if (!await json.ReadAsync(cancellation))
        {
            return null;
        }

        var (type, item) = ("", new ApiObject());
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("type"u8))
            {
                type = await json.ReadStringAsync(cancellation) ?? "";
            }
            else if (json.Is("object"u8) && await EnterAsync())
            {
                item = await ReadObjectAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return (type, item);
    }

    /// <summary>Reads the object that was just entered.</summary>
    public async ValueTask<ApiObject> ReadObjectAsync()
    {
        var item = new ApiObject();
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("metadata"u8) && await EnterAsync())
            {
                await ReadMetadataAsync(item);
            }
            else if (json.Is("spec"u8) && await EnterAsync())
            {
                await _pods.ReadSpecAsync(item);
            }
            else if (json.Is("status"u8) && await EnterAsync())
            {
                await _pods.ReadStatusAsync(item);
            }
            else if (json.Is("code"u8))
            {
                item.Code = await json.ReadNumberAsync(cancellation);
            }
            else if (json.Is("message"u8))
            {
                item.Message = await StringAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return item;
    }

    private ValueTask<bool> EnterAsync() => json.EnterAsync(JsonTokenType.StartObject, cancellation);

    private ValueTask SkipMemberAsync() => json.SkipMemberAsync(cancellation);

    private async ValueTask<string> StringAsync() => await json.ReadStringAsync(cancellation) ?? "";

    private async ValueTask<ListPage> ReadPageAsync()
    {
        var (version, token) = ("", "");
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("resourceVersion"u8))
            {
                version = await StringAsync();
            }
            else if (json.Is("continue"u8))
            {
                token = await StringAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return new ListPage(version, token);
    }

    private async ValueTask ReadMetadataAsync(ApiObject item)
    {
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("name"u8))
            {
                item.Name = await StringAsync();
            }
            else if (json.Is("namespace"u8))
            {
                item.Namespace = await StringAsync();
            }
            else if (json.Is("uid"u8))
            {
                item.Uid = await StringAsync();
            }
            else if (json.Is("resourceVersion"u8))
            {
                item.ResourceVersion = await StringAsync();
            }
            else if (json.Is("creationTimestamp"u8))
            {
                item.Created = await StringAsync();
            }
            else if (json.Is("labels"u8) && await EnterAsync())
            {
                await ReadMapAsync(item.Labels, _ => true);
            }
            else if (json.Is("annotations"u8) && await EnterAsync())
            {
                await ReadMapAsync(item.Annotations, keepsAnnotation);
            }
            else if (json.Is("ownerReferences"u8) && await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                await ReadOwnersAsync(item);
            }
            else
            {
                await SkipMemberAsync();
            }
        }
    }

    private async ValueTask ReadMapAsync(Dictionary<string, string> map, Func<string, bool> keeps)
    {
        var sum = 0;
        while (await json.NextAsync(cancellation))
        {
            var name = json.Text();
            if (!keeps(name))
            {
                await json.SkipAsync(cancellation);
                continue;
            }

            var value = await StringAsync();
            var length = name.Length + value.Length;
            if (value.Length <= LongestValue && (PodWishes.IsMeant(name) || sum + length <= LongestSum))
            {
                // What is asked of the collector is heard however much else there is.
                map[name] = value;
                sum += length;
            }
        }
    }

    private async ValueTask ReadOwnersAsync(ApiObject item)
    {
        var isControlled = false;
        while (await json.NextAsync(cancellation))
        {
            var (kind, name, controls) = ("", "", false);
            while (await json.NextAsync(cancellation))
            {
                if (json.Is("kind"u8))
                {
                    kind = await StringAsync();
                }
                else if (json.Is("name"u8))
                {
                    name = await StringAsync();
                }
                else if (json.Is("controller"u8))
                {
                    controls = await json.ReadBooleanAsync(cancellation);
                }
                else
                {
                    await SkipMemberAsync();
                }
            }

            var isPossible = kind.Length <= LongestName && name.Length <= LongestName;
            if (isPossible && (item.OwnerKind.Length == 0 || (controls && !isControlled)))
            {
                (item.OwnerKind, item.OwnerName, isControlled) = (kind, name, controls);
            }
        }
    }
}
