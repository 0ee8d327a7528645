using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The teacher of a run: a checkpoint of its own beside the policy, with the policy's vocabulary unless the method can do without.</summary>
internal sealed class RunTeacher : IDisposable
{
    private const string Option = "teacher_model_name_or_path";

    private readonly LoadedModel _loaded;
    private readonly DecoderModel _model;

    private RunTeacher(LoadedModel loaded, DecoderModel model, Teacher teacher) => (_loaded, _model, Teacher) = (loaded, model, teacher);

    public Teacher Teacher { get; }

    /// <summary>Hash of its weights: another teacher is another run.</summary>
    public string Hash => ParameterHash.Of(_loaded.Parameters).ToString("x32");

    /// <param name="folder">Hugging Face folder.</param>
    /// <param name="backend">The policy's.</param>
    /// <param name="method">How the two are compared.</param>
    /// <param name="policy">What learns.</param>
    /// <param name="tokenizer">The policy's.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <exception cref="InputException">The teacher cannot be read, or does not fit the policy.</exception>
    public static RunTeacher Open(string folder, Backend backend, TrainingMethod method, DecoderSpec policy, Tokenizer tokenizer, int maxLength)
    {
        LoadedModel loaded = HfCheckpoint.Load(folder, backend, WeightStorage.AsInFile);
        try
        {
            Tokenizer own = Tokenizer.Load(folder);
            if (loaded.Spec.HasLearnedPositions && loaded.Spec.MaxPositions < maxLength)
            {
                throw new InputException($"{Option}: {folder}: expected {maxLength} positions, found {loaded.Spec.MaxPositions}; a smaller max_length may help");
            }

            if (method.SharesVocabulary)
            {
                RequireSameTokens(folder, loaded.Spec, own, policy, tokenizer);
            }

            var model = new DecoderModel(loaded.Spec, loaded.Parameters, maxLength);
            return new RunTeacher(loaded, model, method.CreateTeacher(model, own, policy, tokenizer));
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the teacher has an embedding for each of its tokens, where it reads tokens of its own.</summary>
    public void Check(MethodData? data, string file)
    {
        if (data?.Data is CrossTokenizerData both)
        {
            VocabularyCheck.Run(both.TeacherData, _loaded.Spec.Vocab, file, null);
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        _loaded.Dispose();
    }

    private static void RequireSameTokens(string folder, DecoderSpec teacher, Tokenizer own, DecoderSpec policy, Tokenizer tokenizer)
    {
        const string Hint = "; loss_type uld compares models of different tokenizers";
        if (teacher.Vocab != policy.Vocab)
        {
            throw new InputException($"{Option}: {folder}: expected the policy's vocabulary of {policy.Vocab}, found {teacher.Vocab}{Hint}");
        }

        for (int id = 0; id < policy.Vocab; id++)
        {
            if (own.IdToToken(id) != tokenizer.IdToToken(id))
            {
                throw new InputException(
                    $"{Option}: {folder}: expected the policy's tokens, found '{own.IdToToken(id)}' where it has '{tokenizer.IdToToken(id)}' (id {id}){Hint}");
            }
        }
    }
}
